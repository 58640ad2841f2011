/** One agent after the other: nobody who asks in between finds none. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { holdLock } from '../../src/platform/hold-lock.js';
import { serveControl } from '../../src/tunnel/agent/control-server.js';
import { makePerson, pause, type Person } from '../cli/support/agent.js';

let demo: Demo;
let person: Person;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  person = await makePerson(demo.env);
});
afterEach(() => person.leave());

const inState = (name: string): string =>
  join(person.home.path, '.local', 'share', 'bai-win', 'state', name);

describe('where the one before has ended and the next does not listen yet', () => {
  it('status and down wait for it', async () => {
    await person.setup('demo');
    const { tunnels } = await person.up();
    await person.run('down');
    const endStart = await holdLock(inState('agent.lock'));
    const status = person.status();
    const down = person.run('down');
    await pause(2_000);
    const { pid } = spawnSync(process.execPath, ['--eval', '']);
    const asked: string[] = [];
    const next = await serveControl(inState('agent.sock'), ({ op }) => {
      asked.push(op);
      return Promise.resolve({ version: '0.1.0', pid, tunnels });
    });
    // As an agent does: it lives before it has started.
    const endLife = await holdLock(inState('agent-life.lock'));
    await endStart();
    try {
      expect((await status).tunnels).toEqual(tunnels);
      expect(await down).toMatchObject({ code: 0, stderr: 'all tunnels are closed\n' });
      expect(asked).toContain('stop');
    } finally {
      await next.close();
      await endLife();
    }
  });
});
