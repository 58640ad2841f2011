import { readFile } from 'node:fs/promises';
import { Client } from 'ssh2';
import { expect } from 'vitest';
import type { AgentStatus } from '../../../src/tunnel/agent/protocol.js';
import { baiWin, type Outcome } from './bai-win.js';
import { makeScratchHome, type ScratchHome } from './scratch-home.js';

/** What clients need to reach a session that is set up. */
export interface SetUpSite {
  readonly id: string;
  readonly port: number;
  readonly user: string;
  readonly keyPath: string;
}

/** A person with a home of their own, who types commands. */
export interface Person {
  readonly home: ScratchHome;
  /** The whole environment of their programs. */
  readonly env: NodeJS.ProcessEnv;
  run(...args: string[]): Promise<Outcome>;
  /** `setup SESSION`, without a tunnel. */
  setup(session: string): Promise<SetUpSite>;
  up(...sessions: string[]): Promise<AgentStatus>;
  status(): Promise<AgentStatus>;
  /** Ends the agent and removes the home. */
  leave(): Promise<void>;
}

/** @param credentials variables that lead to a manager */
export async function makePerson(credentials: NodeJS.ProcessEnv): Promise<Person> {
  const home = await makeScratchHome();
  const env = { ...home.env, ...credentials };
  const run = (...args: string[]): Promise<Outcome> => baiWin(args, env, { cwd: home.path });
  const succeeds = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    expect(code, stderr).toBe(0);
    return stdout;
  };
  return {
    home,
    env,
    run,
    setup: async (session) => {
      const text = await succeeds('setup', session, '--json', '--no-tunnel');
      return (JSON.parse(text) as { site: SetUpSite }).site;
    },
    up: async (...sessions) =>
      JSON.parse(await succeeds('up', ...sessions, '--json')) as AgentStatus,
    status: async () => JSON.parse(await succeeds('status', '--json')) as AgentStatus,
    leave: async () => {
      await run('down');
      await home.remove();
    },
  };
}

/**
 * An SSH client that is logged in, with the key that is in the file when it is needed.
 *
 * @throws Error when the connection ends before that
 */
export async function openSsh(site: SetUpSite, port = site.port): Promise<Client> {
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client.on('ready', resolve);
    client.on('error', reject);
    client.on('close', () => {
      reject(new Error('closed'));
    });
    client.connect({
      host: '127.0.0.1',
      port,
      username: site.user,
      authHandler: (_methods, _partial, next) => {
        void readFile(site.keyPath).then((key) => {
          next({ type: 'publickey', username: site.user, key });
        });
      },
    });
  });
  return client;
}

/** Logs in and out again. */
export async function logIn(site: SetUpSite, port = site.port): Promise<void> {
  (await openSsh(site, port)).end();
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Waits until a process is gone. */
export async function untilGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await pause(20);
  }
}
