import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { startDemo, type Demo } from '../../../src/demo/index.js';
import { baiWin, type Outcome } from './bai-win.js';
import { fingerprintTree, makeScratchHome, type ScratchHome } from './scratch-home.js';

/** What the tests of signing in and out run in. */
interface SignIns {
  /** With a web console; one for the file, as it was made at the beginning of each test. */
  readonly demo: Demo;
  /** A new one for each test. */
  readonly home: ScratchHome;
  /** Runs bai-win in that home, where nobody is signed in but by its own commands. */
  readonly run: (
    args: string[],
    more?: { input?: string; env?: NodeJS.ProcessEnv },
  ) => Promise<Outcome>;
  readonly configFile: () => string;
  /** `login` to the web console. */
  readonly byPassword: (...more: string[]) => Promise<Outcome>;
  /** `login` to the manager. */
  readonly byKeys: (...more: string[]) => Promise<Outcome>;
  readonly succeeds: (running: Promise<Outcome>) => Promise<Outcome>;
  /** Fails, and keeps nothing; returns what it said. */
  readonly refused: (running: Promise<Outcome>, exitCode?: number) => Promise<string>;
  /** No run of the file printed a secret. */
  expectNoSecretPrinted(): void;
}

/** Starts a demo with a web console for a file, and makes a home for each of its tests. */
export function useSignIns(): SignIns {
  let demo: Demo;
  let home: ScratchHome;
  const printed: string[] = [];
  const loginIds = new Set<string>();

  beforeAll(async () => {
    demo = await startDemo({ mode: 'session', only: ['demo'] });
  });
  afterAll(() => demo.close());
  beforeEach(async () => {
    home = await makeScratchHome();
  });
  afterEach(async () => {
    demo.clearFaults();
    demo.login.otpMode = 'none';
    demo.login.passwordExpired = false;
    demo.login.limit = Number.POSITIVE_INFINITY;
    demo.login.expireAll();
    await home.remove();
  });

  async function run(
    args: string[],
    { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Outcome> {
    const outcome = await baiWin(args, { ...home.env, ...env }, { cwd: home.path, input });
    printed.push(outcome.stdout, outcome.stderr);
    const kept = await readFile(configFile(), 'utf8').catch(() => '');
    for (const [, id = ''] of kept.matchAll(/^login_id = (.+)$/gm)) loginIds.add(id);
    return outcome;
  }

  const configFile = (): string => join(home.path, '.config', 'bai-win', 'config.ini');

  const byPassword = (...more: string[]): Promise<Outcome> =>
    run(['login', demo.webEndpoint, '--user', demo.login.username, '--password-stdin', ...more], {
      input: demo.login.password,
    });

  const byKeys = (...more: string[]): Promise<Outcome> =>
    run(
      [
        'login',
        demo.managerEndpoint,
        '--access-key',
        demo.accessKey,
        '--secret-key-stdin',
        ...more,
      ],
      { input: demo.secretKey },
    );

  async function succeeds(running: Promise<Outcome>): Promise<Outcome> {
    const outcome = await running;
    expect(outcome.stderr).not.toContain('error:');
    expect(outcome.code).toBe(0);
    return outcome;
  }

  async function refused(running: Promise<Outcome>, exitCode = 1): Promise<string> {
    const before = await fingerprintTree(home.path);
    const { code, stderr } = await running;
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(/bai-win: error: .+\nbai-win: hint: .+\n$/);
    expect(await fingerprintTree(home.path)).toEqual(before);
    return stderr;
  }

  return {
    get demo() {
      return demo;
    },
    get home() {
      return home;
    },
    run,
    configFile,
    byPassword,
    byKeys,
    succeeds,
    refused,
    expectNoSecretPrinted() {
      const { password, sToken, otp } = demo.login;
      const all = printed.join('\n');
      expect(all.length).toBeGreaterThan(1000);
      expect(loginIds.size).toBeGreaterThan(3);
      for (const secret of [password, sToken, otp, demo.secretKey, ...loginIds]) {
        expect(all).not.toContain(secret);
      }
      expect(all).not.toMatch(/login_id|AIOHTTP_SESSION|PRIVATE KEY/);
    },
  };
}
