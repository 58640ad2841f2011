/** `bai-win tunnel --bind`: other computers may connect, and the person is told so. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { startBaiWin } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';

const world = useDemoAndHome({ only: ['demo'] });

/** The first line that sshd says on a port of an address. */
async function greeting(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  socket.write('SSH-2.0-test\r\n');
  const [data] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return data.toString('latin1').split('\r\n', 1)[0] ?? '';
}

const addresses: [string, boolean][] = [['0.0.0.0', true]];
// Another address of loopback, which only Linux has without being told.
if (process.platform === 'linux') addresses.push(['127.0.0.2', false]);

it.each(addresses)('--bind %s is listened on; warned of: %s', async (address, warned) => {
  const { home, env } = world;
  const child = startBaiWin(['tunnel', 'demo', '--json', '--bind', address], env, home.path);
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
  try {
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    const { host, port } = JSON.parse(line.toString()) as { host: string; port: number };
    expect(host).toBe(address);
    const reachable = address === '0.0.0.0' ? '127.0.0.1' : address;
    expect(await greeting(reachable, port)).toMatch(/^SSH-2\.0-/);
    expect(said.includes('warning: the tunnel listens on')).toBe(warned);
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
});

it('--bind with an address of another computer is told', async () => {
  // A network for documentation (RFC 5737).
  const { code, stderr } = await world.run('tunnel', 'demo', '--bind', '203.0.113.1');
  expect(code).toBe(1);
  expect(stderr).toContain('error: cannot listen on 203.0.113.1:');
});

it.runIf(process.platform === 'linux')(
  '--bind has the same port on another address, beside a tunnel for the clients',
  async () => {
    const { home, demo } = world;
    const env = { ...home.env, ...demo.env };
    const children = [];
    const ports: number[] = [];
    try {
      for (const address of ['127.0.0.1', '127.0.0.2']) {
        const args = ['tunnel', 'demo', '--json', '--bind', address];
        const child = startBaiWin(args, env, home.path);
        children.push(child);
        const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
        ports.push((JSON.parse(line.toString()) as { port: number }).port);
      }
      expect(ports[1]).toBe(ports[0]);
      expect((await world.run('tunnel', 'demo')).stderr).toContain('is open already');
    } finally {
      for (const child of children) {
        child.kill('SIGINT');
        await once(child, 'close');
      }
    }
  },
);

it.each(['my-computer', '300.1.1.1'])(
  '--bind %s is refused before anything happens',
  async (text) => {
    const { code, stderr } = await world.runAlone('tunnel', 'demo', '--bind', text);
    expect(code).toBe(2);
    expect(stderr).toContain(`--bind takes an address of this computer as numbers, not "${text}"`);
    expect(stderr).toContain('hint: for example --bind');
  },
);
