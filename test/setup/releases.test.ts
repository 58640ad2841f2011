import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseNames, startDemo, type Demo } from '../../src/demo/index.js';
import { baiWin } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

/** Milliseconds for making RSA keys, and for running the program three times, on a busy machine. */
const PATIENCE = 120_000;

// docs/compatibility.md names these tests.
describe.each(releaseNames)('release %s', (release) => {
  let demo: Demo;
  let home: ScratchHome;

  beforeAll(async () => {
    demo = await startDemo({ release, only: ['demo'] });
    home = await makeScratchHome();
  }, PATIENCE);
  afterAll(async () => {
    await home.remove();
    await demo.close();
  });

  async function logIn(endpoint: string, args: string[], secret: string): Promise<void> {
    const options = { cwd: home.path, input: secret };
    const { code, stderr } = await baiWin(['login', endpoint, ...args], home.env, options);
    expect(stderr).toContain(`Backend.AI ${release}`);
    expect(code).toBe(0);
  }

  /** Lists, downloads the key, opens the tunnel and logs in through it. */
  async function setUp(profile: string): Promise<void> {
    const args = ['setup', 'demo', '--for', 'putty', '--profile', profile];
    const { code, stderr } = await baiWin(args, home.env, { cwd: home.path });
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works/);
    expect(code).toBe(0);
  }

  it(
    'does the whole job with a key pair at the manager',
    async () => {
      const args = ['--access-key', demo.accessKey, '--secret-key-stdin', '--profile', 'keys'];
      await logIn(demo.managerEndpoint, args, demo.secretKey);
      await setUp('keys');
    },
    PATIENCE,
  );

  it(
    'does the whole job with a login to the web console',
    async () => {
      const args = ['--user', demo.login.username, '--password-stdin', '--profile', 'web'];
      await logIn(demo.webEndpoint, args, demo.login.password);
      await setUp('web');
    },
    PATIENCE,
  );
});
