import { createCipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:https';
import WebSocket from 'ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { closing, refusal } from './client.js';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ mode: 'session', only: ['demo'] });
}, 60_000);
afterAll(() => demo.close());
afterEach(() => {
  const { login } = demo;
  Object.assign(login, { otpMode: 'none', passwordExpired: false, limit: Infinity });
  login.expireAll();
  demo.clearFaults();
});

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly json: Record<string, unknown>;
}
async function post(
  path: string,
  body?: object | string,
  headers: Record<string, string> = {},
  to = demo,
): Promise<Reply> {
  const response = await fetch(to.webEndpoint + path, {
    method: 'POST',
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, json };
}
const credentials = (to = demo): { username: string; password: string } => ({
  username: to.login.username,
  password: to.login.password,
});
async function logIn(): Promise<string> {
  const { headers } = await post('/server/login', credentials());
  return headers.get('x-backendai-sessionid') ?? '';
}

describe('login', () => {
  it('gives a cookie and a header, and the access key but not the secret', async () => {
    const { status, headers, json } = await post('/server/login', credentials());
    expect(status).toBe(200);
    expect(json).toEqual({
      authenticated: true,
      data: { access_key: demo.accessKey, role: 'user', status: 'active' },
    });
    const id = headers.get('x-backendai-sessionid');
    expect(headers.get('set-cookie')).toMatch(
      `AIOHTTP_SESSION=${String(id)}; HttpOnly; Max-Age=604800; Path=/`,
    );
    const cookie = { Cookie: `AIOHTTP_SESSION=${String(id)}` };
    expect((await post('/server/login-check', undefined, cookie)).json).toEqual({
      authenticated: true,
      data: { access_key: demo.accessKey, role: 'user', status: 'active' },
      session_id: id,
    });
    const again = await post('/server/login', credentials(), cookie);
    expect([again.status, again.json['title']]).toEqual([400, 'You have already logged in.']);
    const extended = await post('/server/extend-login-session', undefined, cookie);
    expect(extended.json).toMatchObject({ status: 201 });
    expect((await post('/server/logout', undefined, cookie)).status).toBe(200);
    expect((await post('/server/login-check', undefined, cookie)).json).toEqual({
      authenticated: false,
      data: null,
      session_id: null,
    });
  });

  it('takes an encoded body', async () => {
    const iv = randomBytes(8).toString('hex');
    const key = (Buffer.from(demo.webEndpoint).toString('base64') + iv + iv).slice(0, 32);
    const cipher = createCipheriv('aes-256-cbc', key, iv);
    const sealed = cipher.update(JSON.stringify(credentials()), 'utf8', 'base64');
    const body = `${iv}:${sealed}${cipher.final('base64')}`;
    const encoded = { 'X-BackendAI-Encoded': 'true' };
    expect((await post('/server/login', body, encoded)).json['authenticated']).toBe(true);
    expect((await post('/server/login', 'x'.repeat(40), encoded)).status).toBe(400);
  });

  it('asks for a code in all its shapes', async () => {
    const shapes = {
      required: 'require-totp-authentication',
      'required-legacy': 'rejected-by-hook',
      registration: 'require-totp-registration',
    } as const;
    for (const [mode, slug] of Object.entries(shapes)) {
      Object.assign(demo.login, { otpMode: mode });
      const { status, json } = await post('/server/login', credentials());
      expect(status).toBe(200);
      expect(json).toMatchObject({
        authenticated: false,
        data: { type: `https://api.backend.ai/probs/${slug}` },
      });
    }
    Object.assign(demo.login, { otpMode: 'required' });
    const wrong = await post('/server/login', { ...credentials(), otp: 'x' });
    expect(wrong.json['authenticated']).toBe(false);
    const right = await post('/server/login', { ...credentials(), otp: demo.login.otp });
    expect(right.json['authenticated']).toBe(true);
  });

  it('refuses: with the manager’s status from 26.4 on, with 200 before', async () => {
    const old = await startDemo({ release: '24.03', only: [] });
    const wrong = { username: demo.login.username, password: 'wrong' };
    const now = await post('/server/login', wrong);
    const then = await post('/server/login', wrong, {}, old);
    expect([now.status, then.status]).toEqual([401, 200]);
    expect(now.json).toEqual({
      authenticated: false,
      data: {
        type: 'https://api.backend.ai/probs/auth-failed',
        title: 'Credential/signature mismatch.',
        details: 'User credential mismatch.',
      },
    });
    expect(then.json).toEqual(now.json);
    expect((await post('/server/extend-login-session', undefined, {}, old)).status).toBe(404);
    await old.close();
    demo.login.passwordExpired = true;
    const expired = await post('/server/login', credentials());
    expect(expired.status).toBe(401);
    expect(expired.json).toMatchObject({ data: { type: /password-expired$/ } });
    expect((await post('/server/login', { username: 'x' })).status).toBe(400);
  });

  it('is blocked after ten failures', async () => {
    const statuses = [];
    for (let count = 0; count < 12; count++) {
      const wrong = { username: demo.login.username, password: 'wrong' };
      statuses.push((await post('/server/login', wrong)).status);
    }
    expect(statuses).toEqual([...Array<number>(11).fill(401), 429]);
    expect((await post('/server/login', credentials())).status).toBe(429);
  });

  it('is one of so many; force pushes the oldest out', async () => {
    demo.login.limit = 1;
    const first = await logIn();
    const second = await post('/server/login', credentials());
    expect(second.status).toBe(409);
    expect(second.json).toMatchObject({ data: { type: /active-login-session-exists$/ } });
    const forced = await post('/server/login', { ...credentials(), force: true });
    expect(forced.json['authenticated']).toBe(true);
    const check = await post('/server/login-check', undefined, { 'X-BackendAI-SessionID': first });
    expect(check.json['authenticated']).toBe(false);
  });

  it('comes from a portal, or turns into a key at the manager', async () => {
    const token = await post('/server/token-login', { sToken: demo.login.sToken });
    expect(token.json['authenticated']).toBe(true);
    const response = await fetch(`${demo.managerEndpoint}/auth/authorize`, {
      method: 'POST',
      body: JSON.stringify({ type: 'keypair', domain: 'default', ...credentials() }),
    });
    const { data } = (await response.json()) as { data: Record<string, unknown> };
    expect(data['secret_key']).toBe(demo.secretKey);
  });
});

describe('/func', () => {
  it('says hello to anybody and works with header or cookie', async () => {
    const hello = await fetch(`${demo.webEndpoint}/func/`);
    expect(await hello.json()).toMatchObject({ manager: '26.8.1' });
    const stranger = await fetch(`${demo.webEndpoint}/func/session/demo`);
    expect(stranger.status).toBe(401);
    expect(await stranger.json()).toEqual({
      type: 'https://api.backend.ai/probs/auth-failed',
      title: 'Unauthorized access',
    });
    const id = await logIn();
    for (const headers of [{ 'X-BackendAI-SessionID': id }, { Cookie: `AIOHTTP_SESSION=${id}` }]) {
      const apps = await fetch(`${demo.webEndpoint}/func/stream/session/demo/apps`, { headers });
      expect(await apps.json()).toContainEqual({ name: 'sshd', protocol: 'tcp', ports: [2200] });
      const file = await fetch(
        `${demo.webEndpoint}/func/session/demo/download_single?file=id_container`,
        { method: 'POST', headers },
      );
      expect(await file.text()).toBe(demo.session('demo').privateKey);
      const missing = await fetch(`${demo.webEndpoint}/func/stream/session/x/apps`, { headers });
      expect(missing.status).toBe(404);
    }
    const page = await fetch(demo.webEndpoint);
    expect(page.headers.get('content-type')).toContain('text/html');
    demo.login.expireAll();
    const late = { 'X-BackendAI-SessionID': id };
    expect((await fetch(`${demo.webEndpoint}/func/session/demo`, { headers: late })).status).toBe(
      401,
    );
  });

  const open = (id: string, session = 'demo'): WebSocket =>
    new WebSocket(
      `${demo.webEndpoint.replace('http', 'ws')}/func/stream/session/${session}/tcpproxy?app=sshd`,
      { headers: { 'X-BackendAI-SessionID': id }, perMessageDeflate: false },
    );

  it('tunnels, with 4 MiB a message', async () => {
    const id = await logIn();
    const socket = open(id);
    const [banner] = (await once(socket, 'message')) as [Buffer];
    expect(banner.toString('latin1')).toMatch(/^SSH-2\.0-dropbear/);
    socket.send(Buffer.alloc(4 * 1024 * 1024 + 1));
    expect(await closing(socket)).toBe(1009);
  });

  it('says neither that sshd refuses nor that it has ended', async () => {
    const id = await logIn();
    const closed: number[] = [];
    const socket = open(id).on('close', (code) => closed.push(code));
    await once(socket, 'message');
    demo.closeTunnels(1001);
    demo.refuseSshd('demo');
    const refused = open(id).on('close', (code) => closed.push(code));
    await once(refused, 'open');
    for (const one of [socket, refused]) {
      one.ping();
      await once(one, 'pong');
    }
    await expect.poll(() => demo.connections('demo').ssh).toBe(0);
    expect(closed).toEqual([]);
    refused.close();
    socket.close();
    await Promise.all([closing(refused), closing(socket)]);
  });

  it('hides why an upgrade failed', async () => {
    const id = await logIn();
    expect((await refusal(open('nobody'))).status).toBe(401);
    const { status, body } = await refusal(open(id, 'nope'));
    expect(status).toBe(502);
    expect(JSON.parse(body)).toEqual({
      type: 'https://api.backend.ai/probs/bad-gateway',
      title: 'The proxy target server is inaccessible.',
    });
  });
});

describe('HTTPS', () => {
  it('is vouched for by an authority of its own', async () => {
    const secure = await startDemo({ tls: true, only: [] });
    const get = (ca: string | undefined): Promise<string> =>
      new Promise((resolve, reject) => {
        request(secure.managerEndpoint, { ca }, (response) => {
          response.on('data', (data: Buffer) => {
            resolve(data.toString());
          });
        })
          .on('error', reject)
          .end();
      });
    expect(await get(secure.authority ?? undefined)).toContain('26.8.1');
    await expect(get(undefined)).rejects.toMatchObject({
      code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    });
    await secure.close();
  });
});
