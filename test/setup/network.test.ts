import http from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

// Each test runs the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let demo: Demo;
let home: ScratchHome;
let caFile: string;
let proxy: { url: string; asked: string[]; close: () => void };

/** A proxy that connects to this computer, whatever name it is asked for. */
async function startProxy(): Promise<typeof proxy> {
  const asked: string[] = [];
  const server = http.createServer();
  server.on('connect', (request: IncomingMessage, client, head) => {
    asked.push(request.url ?? '');
    const port = Number(request.url?.split(':').at(-1));
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () => {
      server.close();
    },
  };
}

beforeAll(async () => {
  demo = await startDemo({ tls: true, only: ['demo'] });
  proxy = await startProxy();
}, 60_000);
afterAll(async () => {
  proxy.close();
  await demo.close();
});
beforeEach(async () => {
  home = await makeScratchHome();
  caFile = join(home.path, 'ca.pem');
  await writeFile(caFile, demo.authority ?? '');
  proxy.asked.length = 0;
});
afterEach(() => home.remove());

const run = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  baiWin(args, { ...home.env, ...demo.env, ...env }, { cwd: home.path });

async function setsUp(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const outcome = await run(['setup', 'demo', ...args], env);
  expect(outcome.stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works/);
  expect(outcome.code).toBe(0);
  return outcome;
}

describe('a site with a certificate of a private authority', () => {
  it('is refused, and the hint says how to trust it', async () => {
    const { code, stderr } = await run(['setup', 'demo']);
    expect(code).toBe(1);
    expect(stderr).toContain('authority that this computer does not know');
    expect(stderr).toContain('--ca FILE');
  });

  it('is set up with --ca, tunnel included', async () => {
    const { stderr } = await setsUp(['--ca', caFile]);
    expect(stderr).not.toContain('certificates are not checked');
  });

  it('is set up with NODE_EXTRA_CA_CERTS', async () => {
    await setsUp([], { NODE_EXTRA_CA_CERTS: caFile });
  });

  it('is set up unchecked where the person insists, and is told each time', async () => {
    const { stderr } = await setsUp(['--insecure']);
    expect(stderr).toContain('warning: certificates are not checked (--insecure)');
    expect((await run(['sessions'])).code).toBe(1);
    const env = { BACKEND_SKIP_SSLCERT_VALIDATION: 'yes' };
    for (let count = 0; count < 2; count++) {
      const again = await run(['sessions'], env);
      expect(again.code).toBe(0);
      expect(again.stderr).toContain('(BACKEND_SKIP_SSLCERT_VALIDATION, environment)');
    }
  });

  it('names a file of --ca that is none', async () => {
    const missing = await run(['sessions', '--ca', join(home.path, 'nosuch.pem')]);
    expect(missing.stderr).toContain('there is no file');
    await writeFile(caFile, 'x');
    expect((await run(['sessions', '--ca', caFile])).stderr).toContain(
      'no certificate in PEM form',
    );
  });
});

describe('a proxy', () => {
  it('is used for every request and for the tunnel', async () => {
    await setsUp(['--ca', caFile, '--proxy', proxy.url]);
    const host = new URL(demo.endpoint).host;
    expect(new Set(proxy.asked)).toEqual(new Set([host]));
    // One connection that requests keep, and one for each of the two logins.
    expect(proxy.asked.length).toBeGreaterThanOrEqual(3);
  });

  it('comes from the environment, and NO_PROXY exempts from it', async () => {
    const plain = await startDemo({ only: ['demo'] });
    try {
      const { port } = new URL(plain.endpoint);
      const env = { ...plain.env, BACKEND_ENDPOINT: `http://manager.invalid:${port}` };
      await setsUp([], { ...env, HTTP_PROXY: proxy.url });
      expect(new Set(proxy.asked)).toEqual(new Set([`manager.invalid:${port}`]));
      proxy.asked.length = 0;
      const exempt = await run(['sessions'], {
        ...env,
        HTTP_PROXY: proxy.url,
        NO_PROXY: '.invalid',
      });
      expect(exempt.code).toBe(1);
      expect(proxy.asked).toEqual([]);
      const warned = exempt.stderr.split(`manager.invalid:${port} is reached without encryption`);
      expect(warned).toHaveLength(2);
    } finally {
      await plain.close();
    }
  });

  it('carries a login, with a warning where it is not encrypted', async () => {
    const plain = await startDemo({ only: ['demo'] });
    try {
      const { port } = new URL(plain.webEndpoint);
      const { username, password } = plain.login;
      const address = `http://console.invalid:${port}`;
      const args = ['login', address, '--user', username, '--password-stdin'];
      const env = { ...home.env, HTTP_PROXY: proxy.url };
      const { code, stderr } = await baiWin(args, env, { cwd: home.path, input: password });
      expect(code).toBe(0);
      expect(stderr).toContain(`warning: ${address} is not encrypted`);
      expect(new Set(proxy.asked)).toEqual(new Set([`console.invalid:${port}`]));
    } finally {
      await plain.close();
    }
  });

  it('that cannot be used is named', async () => {
    const { code, stderr } = await run(['setup', 'demo', '--proxy', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toContain('the proxy 127.0.0.1:1 cannot be used');
  });
});
