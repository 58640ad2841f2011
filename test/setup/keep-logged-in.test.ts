import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDemo } from '../../src/demo/index.js';
import { BaiError } from '../../src/errors.js';
import { parseEndpoint } from '../../src/manager/endpoint.js';
import { Connection } from '../../src/manager/connection.js';
import { login } from '../../src/manager/login.js';
import { keepLoggedIn } from '../../src/setup/keep-logged-in.js';
import { connect, type Manager } from '../../src/setup/sign-in.js';

const MANAGER = connect(
  { mode: 'session', endpoint: 'http://127.0.0.1:1', accessKey: 'AKIA', loginId: 'f00d' },
  {},
);
const HOUR = 3_600_000;

describe('keepLoggedIn', () => {
  const lines: string[] = [];
  const notices: string[] = [];
  const hears = {
    options: '',
    log: (line: string) => {
      lines.push(line);
    },
    notice: (line: string) => {
      notices.push(line);
    },
  };

  beforeEach(() => {
    vi.useFakeTimers();
    lines.length = 0;
    notices.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function managerThat(extendLogin: () => Promise<Date | null>): Manager {
    return { ...MANAGER, extendLogin };
  }

  it('extends the login while clients are connected, and only then', async () => {
    let connected = false;
    let extended = 0;
    const manager = managerThat(() => {
      extended += 1;
      return Promise.resolve(new Date(0));
    });
    const stop = keepLoggedIn(
      hears,
      () => Promise.resolve(manager),
      () => connected,
    );
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(extended).toBe(0);
    connected = true;
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(extended).toBeGreaterThan(1);
    expect(lines).toContain('the login lasts until 1970-01-01T00:00:00.000Z');
    stop();
    const before = extended;
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(extended).toBe(before);
  });

  it('tells once that the login has ended', async () => {
    const manager = managerThat(() =>
      Promise.reject(new BaiError('login-expired', 'the login has ended', 'sign in again')),
    );
    const stop = keepLoggedIn(
      hears,
      () => Promise.resolve(manager),
      () => true,
    );
    await vi.advanceTimersByTimeAsync(HOUR);
    stop();
    expect(notices).toEqual(['the login has ended (sign in again)']);
  });
});

describe('the login of a manager in session mode', () => {
  it('is extended at the webserver', async () => {
    const demo = await startDemo({ mode: 'session', only: [] });
    try {
      const connection = new Connection(parseEndpoint(demo.webEndpoint));
      const { username, password } = demo.login;
      const outcome = await login(connection, { username, password });
      if (outcome.kind !== 'signed-in') throw outcome.error;
      const { endpoint, accessKey, loginId } = outcome.credentials;
      const manager = connect({ mode: 'session', endpoint, accessKey, loginId }, {});
      expect((await manager.extendLogin?.())?.getTime()).toBeGreaterThan(Date.now());
      demo.login.expireAll();
      await expect(manager.extendLogin?.()).rejects.toMatchObject({ code: 'login-expired' });
    } finally {
      await demo.close();
    }
  });
});
