/** What the agent does in its turn: what was asked meanwhile counts, and nothing keeps it from ending. */
import { once } from 'node:events';
import { watch } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { holdLock } from '../../src/platform/hold-lock.js';
import { askAgent } from '../../src/tunnel/agent/control-client.js';
import { serveControl } from '../../src/tunnel/agent/control-server.js';
import { makePerson, pause, type Person } from '../cli/support/agent.js';
import { startBaiWin } from '../cli/support/bai-win.js';

let demo: Demo;
let person: Person;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo', 'demo-dropbear'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  person = await makePerson(demo.env);
});
afterEach(() => person.leave());

const inState = (name: string): string =>
  join(person.home.path, '.local', 'share', 'bai-win', 'state', name);

describe('the agent', () => {
  it('does not try again what down was asked to close first', async () => {
    const closed = await person.setup('demo');
    const other = await person.setup('demo-dropbear');
    // In the way of its note: it cannot be opened.
    await mkdir(inState(`tunnel-${closed.id}.json`));
    await person.run('up', 'demo');
    expect((await person.status()).tunnels).toMatchObject([{ session: 'demo', state: 'closed' }]);
    const endSetup = await holdLock(inState(`opening-${other.id}.lock`));
    const socket = inState('agent.sock');
    const up = askAgent(socket, { op: 'up', sites: [other.id] });
    await pause(200);
    const down = askAgent(socket, { op: 'down', sites: [closed.id] });
    // It is to be tried again by now.
    await pause(3_000);
    await rm(inState(`tunnel-${closed.id}.json`), { recursive: true });
    await endSetup();
    await Promise.all([up, down]);
    const after = await askAgent(socket, { op: 'up', sites: [other.id] });
    expect(after?.tunnels).toMatchObject([{ session: 'demo-dropbear', state: 'open' }]);
  });

  it('ends while it waits for a setup of what it inherits', async () => {
    const { id } = await person.setup('demo');
    const { tunnels } = await person.up();
    await person.run('down');
    await rm(inState('agent.log'));
    const endSetup = await holdLock(inState(`opening-${id}.lock`));
    const older = await serveControl(inState('agent.sock'), ({ op }) => {
      if (op === 'stop') void older.close();
      return Promise.resolve({ version: '0.0.9', pid: process.pid, tunnels });
    });
    const logged = (): Promise<string> => readFile(inState('agent.log'), 'utf8').catch(() => '');
    const agent = startBaiWin(['agent'], person.env, person.home.path);
    const ended = once(agent, 'close');
    while (!/agent \S+ started/u.test(await logged())) await pause(20);
    // It listens to signals from then on.
    await pause(1_000);
    agent.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await endSetup();
    expect(await logged()).toContain('agent ended');
    expect(await logged()).not.toContain('is at work');
  });

  it('goes by the notes as they are now in what it tries again', async () => {
    const { id } = await person.setup('demo');
    await mkdir(inState(`tunnel-${id}.json`));
    await person.run('up');
    const notes = inState('sites.json');
    const text = await readFile(notes, 'utf8');
    await writeFile(notes, text.replace('"sessionName": "demo"', '"sessionName": "renamed"'));
    await rm(inState(`tunnel-${id}.json`), { recursive: true });
    while ((await person.status()).tunnels[0]?.state !== 'open') await pause(20);
    expect((await person.status()).tunnels).toMatchObject([{ id, session: 'renamed' }]);
    expect(await readFile(inState('agent.log'), 'utf8')).toMatch(/ renamed: listening on /u);
  });

  it('only looks at a tunnel that a window holds, and tells that once', async () => {
    const { id } = await person.setup('demo');
    const tunnel = startBaiWin(['tunnel', 'demo'], person.env, person.home.path);
    const ended = once(tunnel, 'close');
    while ((await person.status()).tunnels.length === 0) await pause(20);
    const touched: (string | null)[] = [];
    const watcher = watch(inState('.'), (_, name) => touched.push(name));
    await person.up();
    // It is tried again meanwhile.
    await pause(5_000);
    watcher.close();
    expect(touched).toContain('agent.log');
    expect(touched).not.toContain(`opening-${id}.lock`);
    const log = await readFile(inState('agent.log'), 'utf8');
    expect(log.split('has it open on')).toHaveLength(2);
    tunnel.kill('SIGTERM');
    await ended;
    while ((await person.status()).tunnels[0]?.heldBy !== null) await pause(20);
    expect((await person.status()).tunnels).toMatchObject([{ id, state: 'open' }]);
  });
});
