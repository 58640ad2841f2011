import { describe, expect, it } from 'vitest';
import { confirm, confirmOrNot } from '../../src/cli/prompt.js';

const pressCtrlC = (): void => {
  process.stdin.emit('data', Buffer.from('\u0003'));
};

describe('a cancelled question', () => {
  it('is no answer', async () => {
    const asked = confirm('go on?', true);
    pressCtrlC();
    await expect(asked).rejects.toMatchObject({ code: 'prompt-cancelled' });
  });

  it('is a no where the work is done already', async () => {
    const asked = confirmOrNot('keep it?', true);
    pressCtrlC();
    expect(await asked).toBe(false);
  });
});
