import { describe, expect, it } from 'vitest';
import { confirm, confirmOrNot } from '../../src/cli/prompt.js';

const type = (text: string): void => {
  process.stdin.emit('data', Buffer.from(text));
};

describe('a question', () => {
  it.each([
    ['maybe\r1\ry\r', true],
    ['nope\rYES\r', true],
    ['yellow\rN\r', false],
    ['maybe\r\r', false],
  ])('is asked again until the answer is yes, no or empty: %j', async (typed, answer) => {
    const asked = confirm('replace it?', false);
    type(typed);
    expect(await asked).toBe(answer);
  });
});

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
