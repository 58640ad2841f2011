import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { call } from './client.js';

let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ appProxy: true, only: ['demo'] });
}, 60_000);
afterAll(() => demo.close());

describe('the AppProxy', () => {
  const get = async (url: string, accept = 'application/json'): Promise<Response> =>
    fetch(url, { headers: { Accept: accept }, redirect: 'manual' });
  async function authUrl(port = ''): Promise<string> {
    const { json } = await call(demo, 'POST', '/session/demo/start-service', { app: 'sshd' });
    const base = `${String(json['wsproxy_addr'])}/v2/proxy/${String(json['token'])}`;
    const added = await get(`${base}/${demo.session('demo').id}/add?app=sshd&protocol=tcp${port}`);
    return ((await added.json()) as { url: string }).url;
  }

  it('leads from start-service to a TCP port of sshd', async () => {
    const url = await authUrl();
    expect((await get(url, '*/*')).status).toBe(308);
    const { redirect_url: setup } = (await (await get(url)).json()) as { redirect_url: string };
    const { redirect } = (await (await get(setup)).json()) as { redirect: string };
    const gateway = new URL(new URL(redirect).searchParams.get('gateway') ?? '');
    expect(gateway.protocol).toBe('tcp:');
    const socket = connect(Number(gateway.port), gateway.hostname);
    const [banner] = (await once(socket, 'data')) as [Buffer];
    expect(banner.toString('latin1')).toMatch(/^SSH-2\.0-dropbear/);
    socket.destroy();
    expect(await (await get(url)).json()).toMatchObject({ reuse: true });
  });

  it('says no without a worker, a free port or a token', async () => {
    const { appProxy } = demo;
    if (appProxy === null) throw new Error('no AppProxy');
    appProxy.noWorker = true;
    const none = await get(await authUrl());
    expect([none.status, await none.json()]).toMatchObject([
      503,
      { title: 'Worker not available.', error_code: 'agent_access_not-found' },
    ]);
    appProxy.noWorker = false;
    const other = await demo.addSession({ name: 'other' });
    const taken = String(demo.sshPort('other'));
    const { json } = await call(demo, 'POST', '/session/other/start-service', { app: 'sshd' });
    const query = `app=sshd&protocol=tcp&port=${taken}&session_id=${other.id}`;
    const url = `${appProxy.endpoint}/v2/proxy/auth?${query}&token=`;
    expect((await get(url + String(json['token']))).status).toBe(409);
    expect((await get(`${url}x`)).status).toBe(401);
  });

  it('is missing at most sites', async () => {
    const plain = await startDemo({ only: ['demo'] });
    const { status, json } = await call(plain, 'POST', '/session/demo/start-service', {
      app: 'sshd',
    });
    expect(status).toBe(503);
    expect(json).toEqual({
      type: 'https://api.backend.ai/probs/service-unavailable',
      title: 'Serivce unavailable.',
      error_code: 'backendai_generic_unavailable',
      msg: 'No coordinator configured for this resource group',
    });
    const version = await call(plain, 'GET', '/scaling-groups/default/wsproxy-version?group=x');
    expect(version.json).toEqual({ wsproxy_version: 'v1' });
    await plain.close();
  });
});

describe('the SSH key pair of the access key', () => {
  it('is shown, made anew for new sessions, and set', async () => {
    const before = demo.session('demo');
    const shown = await call(demo, 'GET', '/auth/ssh-keypair');
    expect(shown.json).toEqual({ ssh_public_key: `${before.publicKey}\n` });
    const { json } = await call(demo, 'PATCH', '/auth/ssh-keypair');
    expect(json['ssh_private_key']).toMatch(/^-----BEGIN RSA PRIVATE KEY-----\n/);
    expect(demo.session('demo').publicKey).toBe(before.publicKey);
    const after = await demo.replaceSession('demo');
    expect(`${after.publicKey}\n`).toBe(json['ssh_public_key']);

    const own = { pubkey: `${before.publicKey} me@pc`, privkey: before.privateKey };
    const stored = await call(demo, 'POST', '/auth/ssh-keypair', own);
    expect(stored.json['ssh_public_key']).toBe(`${before.publicKey} me@pc\n`);
    expect((await demo.replaceSession('demo')).publicKey).toBe(before.publicKey);
    const mixed = await call(demo, 'POST', '/auth/ssh-keypair', {
      ...own,
      pubkey: after.publicKey,
    });
    expect(mixed.status).toBe(400);
  });
});

describe('the host key command', () => {
  const exec = 'for f in /home/config/ssh/dropbear_rsa_host_key; do dropbearkey -y -f $f; done';
  it('prints the key in a batch run', async () => {
    const run = { mode: 'batch', code: '', runId: 'baiwin0123456789', options: { exec } };
    const started = await call(demo, 'POST', '/session/demo', run);
    expect(started.json).toMatchObject({ result: { status: 'continued' } });
    const next = { mode: 'continue', code: '', runId: run.runId };
    const { json } = await call(demo, 'POST', '/session/demo', next);
    const { hostKey } = demo.session('demo');
    const blob = Buffer.from(hostKey.split(' ')[1] ?? '', 'base64');
    const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
    const text = `Public key portion is:\n${hostKey} work@main1\nFingerprint: SHA256:${digest}\n`;
    expect(json).toMatchObject({
      result: { status: 'finished', exitCode: 0, console: [['stdout', text]] },
    });
    expect((await call(demo, 'POST', '/session/demo', next)).status).toBe(400);
  });
});

describe('a SYSTEM session', () => {
  it('is reached directly', async () => {
    await demo.addSession({ name: 'upload', type: 'system' });
    const { json } = await call(demo, 'GET', '/session/upload/direct-access-info');
    expect(json).toEqual({
      kernel_role: 'SYSTEM',
      session_type: 'SYSTEM',
      public_host: '127.0.0.1',
      sshd_ports: [demo.sshPort('upload')],
    });
    const run = { mode: 'batch', code: '', runId: 'baiwin0123456789', options: { exec: 'ls' } };
    expect((await call(demo, 'POST', '/session/upload', run)).status).toBe(500);
  });
});
