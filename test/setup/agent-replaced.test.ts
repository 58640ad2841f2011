/** An agent whose program is replaced while it runs. */
import { cp, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import type { AgentStatus } from '../../src/tunnel/agent/protocol.js';
import { makePerson, pause, untilGone, type Person } from '../cli/support/agent.js';
import { baiWin } from '../cli/support/bai-win.js';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

let demo: Demo;
let person: Person;
let folder: string;
let program: string;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo'] });
});
afterAll(() => demo.close());
beforeEach(async () => {
  person = await makePerson(demo.env);
  folder = await mkdtemp(join(tmpdir(), 'bai-win-replaced-'));
  for (const part of ['dist', 'package.json'])
    await cp(join(PROJECT, part), join(folder, part), { recursive: true });
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  program = join(folder, 'dist', 'bin', 'bai-win.cjs');
});
afterEach(async () => {
  await person.leave();
  await rm(folder, { recursive: true });
});

/** Starts an agent of that program, which has seen its files then. */
async function upByProgram(): Promise<AgentStatus> {
  const up = await baiWin(['up', '--json'], person.env, { cwd: person.home.path, program });
  expect(up.code, up.stderr).toBe(0);
  await pause(1_000);
  return JSON.parse(up.stdout) as AgentStatus;
}

/** Puts a file in the place of another one, as an update does. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}-new`, content);
  await rename(`${path}-new`, path);
}

describe('an agent whose program is replaced', () => {
  it('stays where the new one does not start, tells that, and tries again', async () => {
    const { port } = await person.setup('demo');
    const { pid } = await upByProgram();
    const broken = join(folder, 'broken');
    await writeFile(broken, '');
    const text = await readFile(program, 'utf8');
    const guard = `if (require('node:fs').existsSync(${JSON.stringify(broken)})) process.exit(7);`;
    await replace(program, text.replace(/^#!.*$/mu, guard));
    const log = join(person.home.path, '.local', 'share', 'bai-win', 'state', 'agent.log');
    while (!(await readFile(log, 'utf8')).includes('exit code 7')) await pause(20);
    expect(await person.status()).toMatchObject({ pid, tunnels: [{ port, state: 'open' }] });

    await rm(broken);
    await untilGone(pid);
    expect((await person.status()).tunnels).toMatchObject([{ port, state: 'open' }]);
  });

  it('hands over where only what the program loads is replaced', async () => {
    await person.setup('demo');
    const { pid } = await upByProgram();
    const loaded = join(folder, 'dist', 'bin', 'plain', 'agent.cjs');
    await replace(loaded, await readFile(loaded, 'utf8'));
    await untilGone(pid);
  });
});
