import { expect, it } from 'vitest';
import { BaiError, errorForOwner, UsageError } from '../src/errors.js';

const typed = (options: string): string => `type: bai-win sessions${options}`;

it('a hint means nobody in particular until somebody says whom', () => {
  const error = new BaiError('a', 'it failed', typed, { details: { status: 1 } });
  expect(error.hint).toBe('type: bai-win sessions');
  const owned = error.forOwner(' --profile work');
  expect(owned.hint).toBe('type: bai-win sessions --profile work');
  expect(owned).toMatchObject({ code: 'a', message: 'it failed', details: { status: 1 } });
  expect(owned.stack).toBe(error.stack);
});

it('who knows best comes first', () => {
  const owned = new BaiError('a', 'it failed', typed).forOwner(' --profile work');
  expect(owned.forOwner('').hint).toBe('type: bai-win sessions --profile work');
});

it('stays of its kind, and what is not ours is left alone', () => {
  expect(new UsageError('a', 'it failed', typed).forOwner('')).toBeInstanceOf(UsageError);
  const other = new Error('it failed');
  expect(errorForOwner(other, ' --profile work')).toBe(other);
});
