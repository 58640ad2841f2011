/** Sessions of PuTTY that start `bai-win proxy` themselves: chosen once, kept, and given back. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprintTree } from '../cli/support/scratch-home.js';
import { useDemoAndHome } from './support/demo-and-home.js';

// Off Windows the sessions are files, which are easier to look at.
describe.skipIf(process.platform === 'win32')('setup --putty-proxy', () => {
  const world = useDemoAndHome({ only: ['demo'] });
  const { run } = world;

  async function setup(...args: string[]): Promise<{ changed: boolean; needTunnel: string[] }> {
    const all = ['setup', 'demo', '--no-tunnel', '--json', '--for', 'filezilla,putty', ...args];
    const { code, stdout, stderr } = await run(...all);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { changed: boolean; needTunnel: string[] };
  }

  async function session(): Promise<Map<string, string>> {
    const text = await readFile(join(world.home.path, '.putty', 'sessions', 'bai-demo'), 'utf8');
    return new Map(
      text.split('\n').map((line) => {
        const [name = '', ...value] = line.split('=');
        return [name, value.join('=')];
      }),
    );
  }

  const siteId = async (): Promise<string> =>
    (JSON.parse((await run('show', 'demo', '--json')).stdout) as { id: string }).id;

  it('is kept by a plain setup, told by show, and taken back by --no-putty-proxy', async () => {
    expect((await setup('--putty-proxy')).needTunnel).toEqual(['filezilla']);
    const byCommand = await session();
    const id = await siteId();
    expect(byCommand.get('ProxyMethod')).toBe('5');
    expect(byCommand.get('HostName')).toBe(id);
    expect(byCommand.get('ProxyTelnetCommand')).toMatch(
      new RegExp(`^.*${process.execPath}.* .*dist/bin/bai-win\\.cjs.* proxy ${id}$`),
    );
    expect((await run('show', 'demo')).stdout).toContain('with their own tunnel: putty\n');

    expect(await setup()).toMatchObject({ changed: false, needTunnel: ['filezilla'] });
    expect((await run('setup', 'demo', '--no-tunnel')).stderr).toContain(
      'FileZilla works while the tunnel is open: bai-win up demo',
    );

    expect((await setup('--no-putty-proxy')).needTunnel).toEqual(['filezilla', 'putty']);
    const byPort = await session();
    expect(byPort.get('ProxyMethod')).toBe('0');
    expect(byPort.get('HostName')).toBe('127.0.0.1');
    expect([byPort.has('ProxyTelnetCommand'), byPort.has('ProxyLogToTerm')]).toEqual([
      false,
      false,
    ]);
    expect(await setup()).toMatchObject({ changed: false, needTunnel: ['filezilla', 'putty'] });
  });

  it('is kept when the files are brought up to date, and removed with the site', async () => {
    await setup('--putty-proxy');
    const first = await session();
    await world.demo.replaceSession('demo', { newKey: true });
    const { stderr } = await run('proxy', 'demo', '--verbose');
    expect(stderr).toContain('refreshed host key');
    expect(await session()).toEqual(first);
    expect(await setup()).toMatchObject({ changed: false });
    expect((await run('remove', 'demo')).code).toBe(0);
    const left = Object.keys(await fingerprintTree(world.home.path));
    expect(left).not.toContain('.putty/sessions/bai-demo');
    expect(left).not.toContain('.putty/sshhostkeys');
  });
});
