import { describe, expect, test } from 'vitest';
import { withFileZillaMutexes, type MutexAnswer } from '../../src/platform/filezilla-mutex.js';

/** A holder that gives one answer, and a record of what happened in which order. */
function fakeHolder(answer: MutexAnswer) {
  const events: string[] = [];
  return {
    events,
    start: () => {
      events.push('started');
      return {
        answer: Promise.resolve(answer),
        release: () => {
          events.push('released');
          return Promise.resolve();
        },
      };
    },
    use: () => {
      events.push('used');
      return Promise.resolve('result');
    },
  };
}

describe('withFileZillaMutexes', () => {
  test.each(['held', 'unavailable'] as const)('%s: the work is done in between', async (answer) => {
    const { events, start, use } = fakeHolder(answer);
    expect(await withFileZillaMutexes(use, 'win32', start)).toBe('result');
    expect(events).toEqual(['started', 'used', 'released']);
  });

  test.each([
    ['open', 'filezilla-site-manager-open'],
    ['busy', 'filezilla-busy'],
  ] as const)('%s: nothing is done, and the person is told', async (answer, code) => {
    const { events, start, use } = fakeHolder(answer);
    await expect(withFileZillaMutexes(use, 'win32', start)).rejects.toMatchObject({ code });
    expect(events).toEqual(['started', 'released']);
  });

  test('released also when the work fails', async () => {
    const { events, start } = fakeHolder('held');
    const fail = () => Promise.reject(new Error('no'));
    await expect(withFileZillaMutexes(fail, 'win32', start)).rejects.toThrow('no');
    expect(events).toEqual(['started', 'released']);
  });

  test('elsewhere there are none', async () => {
    const { events, start, use } = fakeHolder('open');
    expect(await withFileZillaMutexes(use, 'linux', start)).toBe('result');
    expect(events).toEqual(['used']);
  });

  test('a missing PowerShell is no obstacle', async () => {
    // On Linux the program in the system folder of Windows is certainly missing.
    if (process.platform === 'win32') return;
    expect(await withFileZillaMutexes(() => Promise.resolve(1), 'win32')).toBe(1);
  });
});
