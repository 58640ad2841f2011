/** What the agent does in its turn: what was asked meanwhile counts, and nothing keeps it from ending. */
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
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
});
