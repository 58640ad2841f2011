/** `bai-win tunnel --port`: what clients are set up for comes first, and what was not had is told. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { startBaiWin } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';
import { listenOn } from './support/listen-on.js';

const world = useDemoAndHome({ only: ['demo'] });

it('says for which port the clients are set up, and how to move them', async () => {
  const setup = ['setup', 'demo', '--json', '--no-tunnel', '--for', 'openssh'];
  const before = JSON.parse((await world.run(...setup)).stdout) as { site: { port: number } };
  const other = before.site.port + 1;
  const { code, stderr } = await world.run('tunnel', 'demo', '--port', String(other));
  expect(code).toBe(2);
  expect(stderr).toContain(`the clients of demo are set up for port ${before.site.port}`);
  const [, next = ''] = /hint: leave --port out, or type: bai-win (.*?) {4}/.exec(stderr) ?? [];
  const moved = await world.run(...next.split(' '), '--json', '--no-tunnel');
  expect(moved.stderr).not.toContain('error:');
  expect(JSON.parse(moved.stdout)).toMatchObject({ site: { port: other } });
});

it('warns where the port for a session that is not set up is taken', async () => {
  const stranger = await listenOn(0);
  const { port: taken } = stranger.address() as AddressInfo;
  const { home, env } = world;
  const child = startBaiWin(['tunnel', 'demo', '--json', '--port', String(taken)], env, home.path);
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  try {
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const { port } = JSON.parse(line.toString()) as { port: number };
    expect(said).toContain(
      `warning: port ${taken} is taken by another program or session, so the tunnel has port ${port}\n`,
    );
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
    stranger.close();
  }
});
