import { once } from 'node:events';
import http from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BaiError } from '../../src/errors.js';
import { apiClient } from '../../src/manager/client.js';
import { BackOff } from '../../src/setup/back-off.js';
import { SiteRefresher } from '../../src/setup/refresh-site.js';
import type { Manager } from '../../src/setup/sign-in.js';
import { testHost } from '../changes/support.js';
import { listen, testCredentials } from '../manager/fake-server.js';
import { testWorkspace } from './support/workspace.js';

const refused = (details?: unknown): BaiError =>
  new BaiError('refused', 'the endpoint refuses', 'wait', { details });

/** A client comes and is refused. */
function fail(backOff: BackOff, reason = refused()): BaiError {
  backOff.failed(reason, Date.now());
  vi.advanceTimersByTime(1);
  return reason;
}

describe('backing off', () => {
  let backOff: BackOff;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    backOff = new BackOff();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('begins with the second failure in a row, and tells the last reason', () => {
    fail(backOff);
    expect(backOff.reason).toBeUndefined();
    const second = fail(backOff);
    expect(backOff.reason).toBe(second);
  });

  it('grows, is bounded, and does not count those who were refused by it', () => {
    const rests: number[] = [];
    for (let count = 0; count < 12; count++) {
      fail(backOff);
      const began = Date.now();
      for (let reason; (reason = backOff.reason) !== undefined; vi.advanceTimersByTime(100)) {
        fail(backOff, reason);
      }
      rests.push(Date.now() - began);
    }
    expect(rests[0]).toBe(0);
    expect(rests[1]).toBeLessThanOrEqual(1_500);
    expect(rests[11]).toBeGreaterThan(7_000);
    expect(Math.max(...rests)).toBeLessThan(16_000);
  });

  it('takes clients that came together for one', () => {
    const now = Date.now();
    for (let count = 0; count < 6; count++) backOff.failed(refused(), now - count);
    expect(backOff.reason).toBeUndefined();
    expect(backOff.hasFailed).toBe(true);
  });

  it('ends with a connection that lived, with time, and with a clock that was set back', () => {
    for (const end of [
      () => {
        backOff.reset();
      },
      () => {
        vi.advanceTimersByTime(60_000);
      },
      () => {
        vi.setSystemTime(Date.now() - 3_600_000);
      },
    ]) {
      fail(backOff);
      fail(backOff);
      end();
      expect(backOff.reason).toBeUndefined();
      expect(backOff.hasFailed).toBe(false);
      fail(backOff);
      expect(backOff.reason).toBeUndefined();
      backOff.reset();
    }
  });

  it('obeys Retry-After, the first time too', () => {
    const reason = fail(backOff, refused({ status: 429, retryAfter: 120 }));
    vi.advanceTimersByTime(119_000);
    expect(backOff.reason).toBe(reason);
    vi.advanceTimersByTime(1_000);
    expect(backOff.reason).toBeUndefined();
  });
});

it('tries the next client at once after somebody has signed in again', async () => {
  const host = await testHost();
  const endpoint = 'http://127.0.0.1:1';
  const signIn = (): Manager => ({
    client: apiClient(testCredentials(endpoint)),
    endpoint,
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
  });
  let manager = signIn();
  const site = { id: 'site', session: { id: 'id', name: 'demo' } };
  const refresher = new SiteRefresher(
    testWorkspace(host),
    () => Promise.resolve(manager),
    site,
    () => undefined,
  );
  await expect(refresher.upgrade()).rejects.toMatchObject({ code: 'connection-refused' });
  const reason = refused({ retryAfter: 600 });
  refresher.ended({ began: Date.now(), bytes: 0, failure: reason });
  await expect(refresher.prepare(false)).rejects.toBe(reason);
  await expect(refresher.upgrade()).rejects.toBe(reason);
  manager = signIn();
  expect(await refresher.prepare(false)).toBe('ready');
  await expect(refresher.upgrade()).rejects.toMatchObject({ code: 'connection-refused' });
});

it('ends a dial with the tunnel, which began beside a check that is over', async () => {
  const server = http.createServer(() => server.emit('asked'));
  const endpoint = await listen(server);
  const client = apiClient(testCredentials(endpoint));
  let fail = (): void => undefined;
  const signIns = [
    new Promise<Manager>((_, reject) => {
      fail = () => {
        reject(new Error('nobody is signed in'));
      };
    }),
    Promise.resolve({ client, endpoint, accessKey: 'AKIAIOSFODNN7EXAMPLE' }),
  ];
  const refresher = new SiteRefresher(
    testWorkspace(await testHost()),
    () => signIns.shift() ?? Promise.reject(new Error('asked once more')),
    { id: 'site', session: { id: 'id', name: 'demo' } },
    () => undefined,
  );
  const asked = once(server, 'asked');
  const checked = refresher.prepare(false);
  const dialled = refresher.upgrade();
  await asked;
  fail();
  expect(await checked).toBe('ready');
  refresher.stop();
  await expect(dialled).rejects.toMatchObject({ code: 'tunnel-closed' });
});
