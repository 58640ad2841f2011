import { describe, expect, test } from 'vitest';
import { holdsByte, isSiteManagerOpen } from '../../src/platform/filezilla-lock-file.js';
import { withFileZillaLocks } from '../../src/platform/filezilla-locks.js';
import { startMutexHolder, type MutexAnswer } from '../../src/platform/filezilla-mutex.js';
import { scratch } from './scratch.js';

/** A machine on which the mutexes give one answer, and a record of what happened in which order. */
function fakeHost(platform: NodeJS.Platform, answer: MutexAnswer, dialog = false) {
  const events: string[] = [];
  return {
    events,
    host: {
      platform,
      startMutexHolder: () => {
        events.push('started');
        return {
          answer: Promise.resolve(answer),
          release: () => {
            events.push('released');
            return Promise.resolve();
          },
        };
      },
      isSiteManagerOpen: (settings: string) => {
        events.push(`looked at ${settings}`);
        return Promise.resolve(dialog);
      },
    },
    use: () => {
      events.push('used');
      return Promise.resolve('result');
    },
  };
}

describe('withFileZillaLocks', () => {
  test.each(['held', 'unavailable'] as const)(
    'Windows, %s: the work is done in between',
    async (answer) => {
      const { events, host, use } = fakeHost('win32', answer);
      expect(await withFileZillaLocks('S', use, host)).toBe('result');
      expect(events).toEqual(['started', 'used', 'released']);
    },
  );

  test.each([
    ['open', 'filezilla-site-manager-open'],
    ['busy', 'filezilla-busy'],
  ] as const)('Windows, %s: nothing is done, and the person is told', async (answer, code) => {
    const { events, host, use } = fakeHost('win32', answer);
    await expect(withFileZillaLocks('S', use, host)).rejects.toMatchObject({ code });
    expect(events).toEqual(['started', 'released']);
  });

  test('Windows: released also when the work fails', async () => {
    const { events, host } = fakeHost('win32', 'held');
    const fail = () => Promise.reject(new Error('no'));
    await expect(withFileZillaLocks('S', fail, host)).rejects.toThrow('no');
    expect(events).toEqual(['started', 'released']);
  });

  test('Linux: the dialog is looked for', async () => {
    const closed = fakeHost('linux', 'held', false);
    expect(await withFileZillaLocks('S', closed.use, closed.host)).toBe('result');
    expect(closed.events).toEqual(['looked at S', 'used']);
    const open = fakeHost('linux', 'held', true);
    await expect(withFileZillaLocks('S', open.use, open.host)).rejects.toMatchObject({
      code: 'filezilla-site-manager-open',
    });
    expect(open.events).toEqual(['looked at S']);
  });

  test('macOS: nothing to ask', async () => {
    const { events, host, use } = fakeHost('darwin', 'open', true);
    expect(await withFileZillaLocks('S', use, host)).toBe('result');
    expect(events).toEqual(['used']);
  });
});

test.skipIf(process.platform === 'win32')('a missing PowerShell is no obstacle', async () => {
  const holder = startMutexHolder();
  expect(await holder.answer).toBe('unavailable');
  await holder.release();
});

describe('the locks that Linux lists', () => {
  /** As printed while FileZilla 3.63 had its Site Manager open, and others made up. */
  const LOCKS = [
    '1: POSIX  ADVISORY  WRITE 4057 fe:00:10199324 3 3',
    '2: FLOCK  ADVISORY  WRITE 812 00:19:55 0 EOF',
    '2: -> POSIX  ADVISORY  WRITE 99 fe:00:77 3 3',
    '3: POSIX  ADVISORY  READ 98 fe:00:78 3 3',
    '4: POSIX  ADVISORY  WRITE 97 fe:00:79 2 4',
    '',
  ].join('\n');

  test.each([
    ['one byte', 10199324, 3, true],
    ['another byte of that file', 10199324, 2, false],
    ['inside a range', 79, 3, true],
    ['outside a range', 79, 5, false],
    ['a lock of another kind', 55, 3, false],
    ['one who waits', 77, 3, false],
    ['one who reads', 78, 3, false],
    ['no such file', 1, 3, false],
  ])('%s', (_, inode, byte, expected) => {
    expect(holdsByte(LOCKS, inode, byte)).toBe(expected);
  });

  test('where FileZilla never ran, nothing is open', async () => {
    expect(await isSiteManagerOpen(await scratch())).toBe(false);
  });
});
