import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { authorize } from '../../src/manager/authorize.js';
import { Connection } from '../../src/manager/connection.js';
import { parseEndpoint } from '../../src/manager/endpoint.js';
import {
  extendLogin,
  login,
  logout,
  tokenLogin,
  type LoginOutcome,
} from '../../src/manager/login.js';
import { jsonFixture, serve, type Canned, type Seen } from './fake-server.js';

const PASSWORD = { username: 'user@example.com', password: 'pass word 비밀' };
const LOGIN_ID = '3f1c2d4e5a6b7c8d9e0f112233445566';

async function siteThat(
  answer: (seen: Seen) => Canned,
  prefix = '',
): Promise<{ connection: Connection; seen: Seen[]; lines: string[] }> {
  const { url, seen } = await serve(answer);
  const lines: string[] = [];
  const options = { log: (line: string) => lines.push(line) };
  return { connection: new Connection(parseEndpoint(url + prefix), options), seen, lines };
}

const answered = (status: number, name: string): Canned => ({
  status,
  headers: { 'Content-Type': 'application/json' },
  body: jsonFixture(name),
});

const SIGNED_IN: Canned = {
  headers: {
    'X-BackendAI-SessionID': LOGIN_ID,
    'Set-Cookie': `AIOHTTP_SESSION=${LOGIN_ID}; HttpOnly; Max-Age=604800; Path=/; SameSite=Lax`,
  },
  body: jsonFixture('server-login.ok.json'),
};

async function outcomeOf(answer: Canned, otp?: string): Promise<LoginOutcome> {
  const { connection } = await siteThat(() => answer);
  return await login(connection, { ...PASSWORD, ...(otp === undefined ? {} : { otp }) });
}

describe('login', () => {
  it('signs in and keeps the login secret', async () => {
    const { connection, seen, lines } = await siteThat(() => SIGNED_IN, '/bai');
    const before = Date.now();
    const outcome = await login(connection, PASSWORD);
    if (outcome.kind !== 'signed-in') throw outcome.error;
    const { credentials, expires } = outcome;
    expect(credentials).toMatchObject({
      endpoint: connection.endpoint.url,
      accessKey: 'AKIAIOSFODNN7EXAMPLE',
      loginId: LOGIN_ID,
    });
    const week = 604_800_000;
    expect(expires?.getTime()).toBeGreaterThanOrEqual(before + week);
    expect(expires?.getTime()).toBeLessThanOrEqual(Date.now() + week);
    expect(seen[0]).toMatchObject({ method: 'POST', target: '/bai/server/login' });
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(PASSWORD);
    const shown = inspect(outcome, { depth: 9 }) + JSON.stringify(outcome) + lines.join();
    expect(shown).not.toContain(LOGIN_ID);
    expect(shown).not.toContain(PASSWORD.password);
  });

  it.each([
    ['the header alone', { 'X-BackendAI-SessionID': LOGIN_ID }],
    ['the cookie alone', { 'Set-Cookie': `AIOHTTP_SESSION=${LOGIN_ID}; Path=/` }],
    ['a quoted cookie', { 'Set-Cookie': `AIOHTTP_SESSION="${LOGIN_ID}"; Path=/` }],
  ])('takes the login from %s', async (_what, headers) => {
    const outcome = await outcomeOf({ body: SIGNED_IN.body, headers });
    if (outcome.kind !== 'signed-in') throw outcome.error;
    expect(outcome.credentials.loginId).toBe(LOGIN_ID);
    expect(outcome.expires).toBeNull();
  });

  it('sends the one-time code and the wish to end another login only where there are', async () => {
    const { connection, seen } = await siteThat(() => SIGNED_IN);
    await login(connection, { ...PASSWORD, otp: '012345', force: true });
    await login(connection, { ...PASSWORD, force: false });
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ otp: '012345', force: true });
    expect(JSON.parse(seen[1]?.body ?? '')).toEqual(PASSWORD);
  });

  it.each([
    [200, 'server-login.totp-required.json', 'otp-needed'],
    [401, 'server-login.totp-required.json', 'otp-needed'],
    [200, 'server-login.totp-required-legacy.json', 'otp-needed'],
    [200, 'server-login.totp-registration.json', 'otp-registration-needed'],
    [200, 'server-login.bad-password.json', 'wrong-password'],
    [401, 'server-login.bad-password.json', 'wrong-password'],
    [409, 'server-login.409.json', 'active-login-exists'],
    [200, 'server-login.409.json', 'active-login-exists'],
    [429, 'server-login.429.json', 'too-many-attempts'],
    [400, 'server-login.already.json', 'already-signed-in'],
  ])('tells %i %s as %s', async (status, name, kind) => {
    const outcome = await outcomeOf(answered(status, name));
    expect(outcome).toMatchObject({ kind, error: { code: `login-${kind}` } });
    if (outcome.kind === 'signed-in') return;
    expect(outcome.error.message).toMatch(/^[^A-Z].*[^.]$/u);
    expect(outcome.error.hint).toMatch(/[^.]$/u);
  });

  it.each([
    ['password-expired', 'Password has expired.', 'password-expired'],
    ['rejected-by-hook', 'You are not welcome.', 'refused'],
    ['invalid-api-params', 'Missing username', 'refused'],
  ])('tells %s', async (slug, details, kind) => {
    const type = `https://api.backend.ai/probs/${slug}`;
    const body = { authenticated: false, data: { type, title: 'No.', details } };
    expect(await outcomeOf({ body })).toMatchObject({ kind });
  });

  it('tells a wrong code from a missing one', async () => {
    const again = await outcomeOf(answered(200, 'server-login.totp-required.json'), '000000');
    expect(again).toMatchObject({
      kind: 'otp-needed',
      error: { message: expect.stringContaining('not accepted') as string },
    });
    const type = 'https://api.backend.ai/probs/rejected-by-hook';
    const body = { authenticated: false, data: { type, title: 'No.', details: 'Invalid OTP' } };
    expect(await outcomeOf({ body }, '000000')).toMatchObject({ kind: 'otp-needed' });
    expect(await outcomeOf({ body })).toMatchObject({ kind: 'refused' });
  });

  it.each([
    ['an unreachable manager', answered(502, 'webserver.502.json'), 'bad-gateway'],
    [
      'a web page',
      { headers: { 'Content-Type': 'text/html' }, body: '<html>' },
      'console-html-answer',
    ],
    ['something else', { status: 404, body: 'nope' }, 'not-json'],
    ['a login that is nowhere', { body: SIGNED_IN.body }, 'login-not-understood'],
  ])('fails at %s', async (_what, answer, code) => {
    await expect(outcomeOf(answer)).rejects.toMatchObject({ code });
  });
});

describe('tokenLogin', () => {
  it('gives the token in the body and as a cookie', async () => {
    const { connection, seen, lines } = await siteThat(() => SIGNED_IN);
    expect(await tokenLogin(connection, 'to;ken')).toMatchObject({ kind: 'signed-in' });
    expect(seen[0]?.target).toBe('/server/token-login');
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ sToken: 'to;ken' });
    expect(seen[0]?.headers.cookie).toBe('sToken=to%3Bken');
    expect(lines.join()).not.toContain('ken=');
  });
});

describe('a kept login', () => {
  it('is shown by cookie and header', async () => {
    const { connection, seen } = await siteThat(() =>
      answered(201, 'server-extend-login-session.json'),
    );
    await extendLogin(connection, LOGIN_ID);
    expect(seen[0]).toMatchObject({ method: 'POST', target: '/server/extend-login-session' });
    expect(seen[0]?.headers).toMatchObject({
      cookie: `AIOHTTP_SESSION=${LOGIN_ID}`,
      'x-backendai-sessionid': LOGIN_ID,
    });
  });

  it('is refused where it is damaged, without showing it', async () => {
    const { connection, seen } = await siteThat(() => SIGNED_IN);
    for (const damaged of ['', 'a b', 'secret;x', 'a\r\nX: y']) {
      const outcome = await extendLogin(connection, damaged).catch((error: unknown) => error);
      expect(outcome).toMatchObject({ code: 'login-malformed' });
      expect(String(outcome)).not.toContain('secret');
    }
    expect(seen).toEqual([]);
  });

  it('can be extended where the webserver knows how', async () => {
    const { connection } = await siteThat(() => answered(201, 'server-extend-login-session.json'));
    expect(await extendLogin(connection, LOGIN_ID)).toEqual(new Date('2026-01-09T03:04:05Z'));
    const old = await siteThat(() => ({ status: 404, body: 'not found' }));
    expect(await extendLogin(old.connection, LOGIN_ID)).toBeNull();
    const late = await siteThat(() => answered(401, 'webserver.401.json'));
    await expect(extendLogin(late.connection, LOGIN_ID)).rejects.toMatchObject({
      code: 'login-expired',
    });
  });

  it('can be ended, also twice', async () => {
    for (const status of [200, 201, 401]) {
      const { connection, seen } = await siteThat(() => ({ status, body: '' }));
      await logout(connection, LOGIN_ID);
      expect(seen[0]?.target).toBe('/server/logout');
    }
    const { connection } = await siteThat(() => ({ status: 500, body: {} }));
    await expect(logout(connection, LOGIN_ID)).rejects.toMatchObject({ code: 'server-error' });
  });
});

describe('authorize', () => {
  it('turns a password into a key pair', async () => {
    const { connection, seen } = await siteThat(() => answered(200, 'auth-authorize.ok.json'));
    const outcome = await authorize(connection, 'v9.20250722', { ...PASSWORD, otp: '123456' });
    if (outcome.kind !== 'signed-in') throw outcome.error;
    expect(outcome.credentials.accessKey).toBe('AKIAIOSFODNN7EXAMPLE');
    expect(outcome.credentials.secretKey).toBe('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');
    expect(inspect(outcome, { depth: 9 })).not.toContain('wJalr');
    expect(seen[0]).toMatchObject({ method: 'POST', target: '/auth/authorize' });
    expect(seen[0]?.headers).toMatchObject({ 'x-backendai-version': 'v9.20250722' });
    expect(seen[0]?.headers.authorization).toBeUndefined();
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      type: 'keypair',
      domain: 'default',
      otp: '123456',
      ...PASSWORD,
    });
  });

  it.each([
    [401, 'auth-failed', 'User credential mismatch.', 'wrong-password'],
    [401, 'password-expired', 'Expired.', 'password-expired'],
    [401, 'require-totp-authentication', 'Needed.', 'otp-needed'],
    [400, 'rejected-by-hook', 'OTP not provided', 'otp-needed'],
    [409, 'active-login-session-exists', 'Too many.', 'active-login-exists'],
  ])('tells %i %s', async (status, slug, msg, kind) => {
    const body = { type: `https://api.backend.ai/probs/${slug}`, title: 'No.', msg };
    const { connection } = await siteThat(() => ({ status, body }));
    expect(await authorize(connection, 'v9.20250722', PASSWORD)).toMatchObject({ kind });
  });

  it.each([
    [400, 'invalid-auth-params', 'Date/time sync error', 'clock-skew'],
    [400, 'generic-bad-request', 'Unsupported API version.', 'version-unsupported'],
    [404, 'url-not-found', '', 'url-not-found'],
    [429, 'rate-limit-exceeded', '', 'rate-limited'],
  ])('fails at %i %s', async (status, slug, msg, code) => {
    const body = { type: `https://api.backend.ai/probs/${slug}`, title: 'No.', msg };
    const { connection } = await siteThat(() => ({ status, body }));
    await expect(authorize(connection, 'v9.20250722', PASSWORD)).rejects.toMatchObject({ code });
  });
});
