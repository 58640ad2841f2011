import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDemo, type Demo, type HttpProxy } from '../../src/demo/index.js';
import { logIn, type SetUpSite } from '../cli/support/agent.js';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

// Each test runs the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let demo: Demo;
let home: ScratchHome;
let caFile: string;
let proxy: HttpProxy;

beforeAll(async () => {
  demo = await startDemo({ tls: true, httpProxy: true, only: ['demo'] });
  if (demo.httpProxy === null) throw new Error('no proxy');
  proxy = demo.httpProxy;
}, 60_000);
afterAll(() => demo.close());
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

  it('is reached by the agent, whose folder is another, with a relative NODE_EXTRA_CA_CERTS', async () => {
    const env = { NODE_EXTRA_CA_CERTS: 'ca.pem' };
    const { stdout } = await setsUp(['--json', '--no-tunnel'], env);
    try {
      expect((await run(['up'], env)).code).toBe(0);
      await logIn((JSON.parse(stdout) as { site: SetUpSite }).site);
    } finally {
      await run(['down']);
    }
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
    await setsUp(['--ca', caFile, '--proxy', proxy.endpoint]);
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
      await setsUp([], { ...env, HTTP_PROXY: proxy.endpoint });
      expect(new Set(proxy.asked)).toEqual(new Set([`manager.invalid:${port}`]));
      proxy.asked.length = 0;
      const exempt = await run(['sessions'], {
        ...env,
        HTTP_PROXY: proxy.endpoint,
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
      const env = { ...home.env, HTTP_PROXY: proxy.endpoint };
      const { code, stderr } = await baiWin(args, env, { cwd: home.path, input: password });
      expect(code).toBe(0);
      expect(stderr).toContain(`warning: ${address} is not encrypted`);
      expect(new Set(proxy.asked)).toEqual(new Set([`console.invalid:${port}`]));
    } finally {
      await plain.close();
    }
  });

  it('wants a name and a password', async () => {
    proxy.wantsPassword = true;
    try {
      const { stderr } = await run(['sessions', '--ca', caFile, '--proxy', proxy.endpoint]);
      expect(stderr).toContain('wants a user name and password (status 407)');
      expect(stderr).toContain('hint: put them into HTTPS_PROXY');
      const { username, password } = proxy;
      const HTTPS_PROXY = proxy.endpoint.replace('//', `//${username}:${password}@`);
      await setsUp(['--ca', caFile, '--verbose'], { HTTPS_PROXY });
    } finally {
      proxy.wantsPassword = false;
    }
  });

  it('connects nobody', async () => {
    proxy.forbids = true;
    try {
      const { stderr } = await run(['sessions', '--ca', caFile, '--proxy', proxy.endpoint]);
      expect(stderr).toContain(`does not connect to ${new URL(demo.endpoint).host} (status 403)`);
    } finally {
      proxy.forbids = false;
    }
  });

  it('that cannot be used is named', async () => {
    const { code, stderr } = await run(['setup', 'demo', '--proxy', 'http://127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toContain('the proxy 127.0.0.1:1 cannot be used');
  });
});
