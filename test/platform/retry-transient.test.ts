import { describe, expect, test } from 'vitest';
import { retryTransient } from '../../src/platform/retry-transient.js';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** A host whose clock is the sum of the waits. */
function fakeHost(platform: NodeJS.Platform) {
  const waits: number[] = [];
  return {
    waits,
    platform,
    sleep: (ms: number) => {
      waits.push(ms);
      return Promise.resolve();
    },
  };
}

describe('retryTransient', () => {
  test.each(['EPERM', 'EACCES', 'EBUSY'])('Windows: %s passes after a while', async (code) => {
    const host = fakeHost('win32');
    let left = 7;
    await retryTransient(
      () => (left-- > 0 ? Promise.reject(systemError(code)) : Promise.resolve()),
      host,
    );
    expect(host.waits).toEqual([10, 20, 40, 80, 160, 250, 250]);
  });

  test('Windows: gives up after some 5 s with the last error', async () => {
    const host = fakeHost('win32');
    await expect(retryTransient(() => Promise.reject(systemError('EPERM')), host)).rejects.toThrow(
      'EPERM',
    );
    const total = host.waits.reduce((sum, ms) => sum + ms, 0);
    expect(total).toBeGreaterThanOrEqual(5_000);
    expect(total).toBeLessThan(5_500);
  });

  test('Windows: other errors are not repeated', async () => {
    const host = fakeHost('win32');
    await expect(retryTransient(() => Promise.reject(systemError('ENOSPC')), host)).rejects.toThrow(
      'ENOSPC',
    );
    expect(host.waits).toEqual([]);
  });

  test('elsewhere nothing is repeated', async () => {
    const host = fakeHost('linux');
    await expect(retryTransient(() => Promise.reject(systemError('EPERM')), host)).rejects.toThrow(
      'EPERM',
    );
    expect(host.waits).toEqual([]);
  });
});
