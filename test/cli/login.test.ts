import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { baiWin, type Outcome } from './support/bai-win.js';
import { fingerprintTree, makeScratchHome, type ScratchHome } from './support/scratch-home.js';

// Each test runs the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let demo: Demo;
let home: ScratchHome;
/** Everything that any run printed. */
const printed: string[] = [];
/** What the logins were shown by. */
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
    ['login', demo.managerEndpoint, '--access-key', demo.accessKey, '--secret-key-stdin', ...more],
    { input: demo.secretKey },
  );

async function succeeds(running: Promise<Outcome>): Promise<Outcome> {
  const outcome = await running;
  expect(outcome.stderr).not.toContain('error:');
  expect(outcome.code).toBe(0);
  return outcome;
}

/** Fails, and keeps nothing. */
async function refused(running: Promise<Outcome>): Promise<string> {
  const before = await fingerprintTree(home.path);
  const { code, stderr } = await running;
  expect(code).toBe(1);
  expect(stderr).toMatch(/bai-win: error: .+\nbai-win: hint: .+\n$/);
  expect(await fingerprintTree(home.path)).toEqual(before);
  return stderr;
}

describe('login to a web console', () => {
  it('says what it found, keeps the login private, and works from then on', async () => {
    const { stderr } = await succeeds(byPassword());
    expect(stderr).toContain(`${demo.webEndpoint} is a web console of Backend.AI 26.8`);
    expect((await stat(configFile())).mode & 0o777).toBe(0o600);
    const kept = await readFile(configFile(), 'utf8');
    expect(kept).toContain('mode = session');
    expect(kept).not.toContain(demo.login.password);
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
    const shown = await succeeds(run(['login', '--show']));
    expect(shown.stderr).toContain('session, by a login to the web console');
  });

  it('is used where the environment names the console as the real client does', async () => {
    await succeeds(byPassword());
    expect((await succeeds(run(['sessions'], { env: demo.env }))).stdout).toContain('demo');
  });

  it('sends the one-time code that was given, and asks for one that was not', async () => {
    demo.login.otpMode = 'required';
    expect(await refused(byPassword())).toContain('needs a one-time code');
    expect(await refused(byPassword('--otp', '000000x'))).toContain('one-time code');
    demo.login.otpMode = 'required-legacy';
    expect(await refused(byPassword())).toContain('needs a one-time code');
    await succeeds(byPassword('--otp', demo.login.otp));
  });

  it('takes the token of a portal', async () => {
    await succeeds(
      run(['login', demo.webEndpoint, '--stoken-stdin'], { input: demo.login.sToken }),
    );
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
  });

  it('says why it is refused', async () => {
    const wrong = run(
      ['login', demo.webEndpoint, '--user', demo.login.username, '--password-stdin'],
      { input: 'wrong' },
    );
    expect(await refused(wrong)).toContain('e-mail or password is wrong');
    demo.login.passwordExpired = true;
    expect(await refused(byPassword())).toContain('password has expired');
    demo.login.passwordExpired = false;
    demo.login.otpMode = 'registration';
    expect(await refused(byPassword())).toContain('has not set it up');
  });

  it('ends an older login only where that is agreed to', async () => {
    demo.login.limit = 1;
    const other = await makeScratchHome();
    const input = demo.login.password;
    const args = ['login', demo.webEndpoint, '--user', demo.login.username, '--password-stdin'];
    expect((await baiWin(args, other.env, { input })).code).toBe(0);
    expect(await refused(byPassword())).toContain('signed in elsewhere');
    await succeeds(byPassword('--force'));
    const { code, stderr } = await baiWin(['sessions'], other.env);
    await other.remove();
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: the login at .* has ended/);
    expect(stderr).toContain('hint: sign in again: bai-win login');
  });

  it('needs no room for the login that it replaces', async () => {
    demo.login.limit = 1;
    await succeeds(byPassword());
    await succeeds(byPassword());
    await succeeds(run(['sessions']));
    expect(await refused(byPassword('--dry-run'))).toContain('signed in elsewhere');
    await succeeds(run(['sessions']));
  });

  it('ends the login that it replaces, and the one of a dry run', async () => {
    await succeeds(byPassword());
    await succeeds(byPassword());
    await succeeds(byPassword('--dry-run'));
    // With room for one more there is one that is open: the last one kept.
    demo.login.limit = 2;
    const other = await makeScratchHome();
    const args = ['login', demo.webEndpoint, '--user', demo.login.username, '--password-stdin'];
    const { code } = await baiWin(args, other.env, { input: demo.login.password });
    await other.remove();
    expect(code).toBe(0);
    await succeeds(run(['sessions']));
  });

  it('takes no access key', async () => {
    const running = run(
      ['login', demo.webEndpoint, '--access-key', demo.accessKey, '--secret-key-stdin'],
      { input: demo.secretKey },
    );
    expect(await refused(running)).toContain('is a web console, which takes e-mail and password');
  });

  it('says what is missing where there is nobody to ask', async () => {
    expect(await refused(run(['login']))).toContain('bai-win login ADDRESS');
    expect(await refused(run(['login', demo.webEndpoint]))).toContain('--username');
    expect(await refused(run(['login', demo.webEndpoint, '--user', 'me@example.com']))).toContain(
      '--password-stdin',
    );
    expect(await refused(byPassword('--stoken-stdin'))).toContain('several secrets');
  });
});

describe('login to a manager', () => {
  it('keeps a key pair that was typed', async () => {
    const { stderr } = await succeeds(byKeys());
    expect(stderr).toContain('is a manager of Backend.AI');
    const kept = await readFile(configFile(), 'utf8');
    expect(kept).toContain('mode = api');
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
  });

  it('fetches the key pair with e-mail and password', async () => {
    await succeeds(
      run(['login', demo.managerEndpoint, '--user', demo.login.username, '--password-stdin'], {
        input: demo.login.password,
      }),
    );
    expect(await readFile(configFile(), 'utf8')).toContain(demo.secretKey);
  });

  it('refuses what it cannot take', async () => {
    const wrong = run(
      ['login', demo.managerEndpoint, '--access-key', demo.accessKey, '--secret-key-stdin'],
      { input: 'wrong' },
    );
    expect(await refused(wrong)).toContain('bai-win login');
    const token = run(['login', demo.managerEndpoint, '--stoken-stdin'], { input: 'x' });
    expect(await refused(token)).toContain('takes no tokens');
  });

  it('reads what an earlier version wrote, and replaces it when another mode is chosen', async () => {
    await succeeds(byPassword());
    await writeFile(
      configFile(),
      `; mine\n[manager]\nendpoint = ${demo.managerEndpoint}\naccess_key = ${demo.accessKey}\n` +
        `secret_key = ${demo.secretKey}\ncolour = blue\n`,
    );
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
    await succeeds(byPassword());
    const kept = await readFile(configFile(), 'utf8');
    expect(kept).not.toContain(demo.secretKey);
    expect(kept).toMatch(/^; mine\n\[manager\]\n/);
    expect(kept).toContain('colour = blue');
  });
});

describe('profiles', () => {
  it('keep several accounts, list them, and use the one that is named', async () => {
    await succeeds(byPassword());
    await succeeds(byKeys('--profile', 'keys'));
    const { stdout } = await succeeds(run(['profiles', '--json']));
    expect(JSON.parse(stdout)).toEqual([
      {
        name: 'default',
        mode: 'session',
        endpoint: demo.webEndpoint,
        accessKey: demo.accessKey,
        inUse: true,
      },
      {
        name: 'keys',
        mode: 'api',
        endpoint: demo.managerEndpoint,
        accessKey: demo.accessKey,
        inUse: false,
      },
    ]);
    const env = { BACKEND_ENDPOINT: 'http://127.0.0.1:1' };
    await succeeds(run(['sessions', '--profile', 'keys'], { env }));
    await succeeds(run(['sessions'], { env: { ...env, BAI_WIN_PROFILE: 'default' } }));
    await succeeds(run(['sessions', '--endpoint', demo.webEndpoint]));
  });

  it('have to be there, and have a plain name', async () => {
    const { stderr } = await run(['sessions', '--profile', 'nope']);
    expect(stderr).toContain('hint: to make it, type: bai-win login --profile nope');
    expect((await run(['sessions', '--profile', 'a.b'])).stderr).toContain('name of a profile');
    expect((await succeeds(run(['profiles']))).stderr).toContain('no profile is kept yet');
  });

  it('tell whom they stood for before, and end that login', async () => {
    await succeeds(byPassword());
    const kept = await readFile(configFile(), 'utf8');
    const keys = await succeeds(byKeys());
    expect(keys.stderr).toContain(
      `replaced    ${demo.accessKey} at ${demo.webEndpoint}, whose login is ended\n`,
    );
    expect(keys.stderr).toContain('bai-win login --profile NAME');
    const again = await succeeds(byKeys());
    expect(again.stderr).not.toContain('replaced');
    const back = await succeeds(byPassword());
    expect(back.stderr).toContain(`replaced    ${demo.accessKey} at ${demo.managerEndpoint}\n`);
    // What somebody copied before is of no use any more.
    await writeFile(configFile(), kept);
    expect((await run(['sessions'])).stderr).toContain('has ended');
    await writeFile(configFile(), kept.replace(demo.webEndpoint, 'http://127.0.0.1:1'));
    const gone = await succeeds(byKeys());
    expect(gone.stderr).toContain('at http://127.0.0.1:1, whose login ends by itself');
  });

  it('never show a login to another site', async () => {
    await succeeds(byPassword());
    const { code, stderr } = await run(['sessions', '--endpoint', demo.managerEndpoint]);
    expect(code).toBe(1);
    expect(stderr).toContain('no access key');
  });
});

describe('logout', () => {
  it('ends the login, forgets it, and leaves the rest of the file', async () => {
    await succeeds(byPassword());
    await succeeds(byKeys('--profile', 'keys'));
    const kept = await readFile(configFile(), 'utf8');
    const { stderr } = await succeeds(run(['logout']));
    expect(stderr).toContain('ended       the login at');
    expect(await readFile(configFile(), 'utf8')).toMatch(/^\[profile keys\]\n/);
    // What somebody copied before is of no use any more.
    await writeFile(configFile(), kept);
    expect((await run(['sessions'])).stderr).toContain('has ended');
    await succeeds(run(['logout', '--profile', 'keys']));
    await succeeds(run(['logout']));
    expect(await readFile(configFile(), 'utf8')).toBe('');
    expect((await succeeds(run(['logout']))).stderr).toContain('nobody is signed in');
  });

  it('says that a login ends by itself where the keyring with its id cannot be used', async () => {
    await succeeds(byPassword());
    const text = await readFile(configFile(), 'utf8');
    await writeFile(configFile(), text.replace(/^login_id.*$/m, 'secret_in = keyring'));
    const { stderr } = await succeeds(run(['logout']));
    expect(stderr).toContain('it ends by itself when it expires');
    expect(stderr).not.toMatch(/^ended/m);
    expect(stderr).not.toContain('its secret in');
    expect(stderr.match(/is not known: /g)).toHaveLength(1);
    expect(stderr).toContain('stays there until it is deleted by hand');
  });

  it('forgets also where the site cannot be reached, and says so', async () => {
    await succeeds(byPassword());
    const text = await readFile(configFile(), 'utf8');
    await writeFile(configFile(), text.replace(demo.webEndpoint, 'http://127.0.0.1:1'));
    const { stderr } = await succeeds(run(['logout']));
    expect(stderr).toContain('could not be told');
    expect(await readFile(configFile(), 'utf8')).toBe('');
  });
});

describe('the main job in session mode', () => {
  it('is done, and an expired login says what to type', async () => {
    await succeeds(byPassword());
    const { stderr } = await succeeds(run(['setup', 'demo', '--verbose']));
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works/);
    expect((await succeeds(run(['setup', 'demo', '--json']))).stdout).toContain('"changed": false');
    demo.login.expireAll();
    const { code, stderr: ended } = await run(['setup', 'demo']);
    expect(code).toBe(1);
    expect(ended).toMatch(/error: the login at .* has ended/);
    expect(ended).toContain('bai-win login');
  });

  it('explains what a refused tunnel hides behind its 502', async () => {
    await succeeds(byPassword());
    demo.failRequests('no-such-session', { target: /\/apps$/ });
    const { code, stderr } = await run(['setup', 'demo']);
    expect(code).toBe(1);
    expect(stderr).toContain('knows no such session');
  });
});

describe('no secret', () => {
  it('was printed by any of these runs', () => {
    const { password, sToken, otp } = demo.login;
    const all = printed.join('\n');
    expect(all.length).toBeGreaterThan(1000);
    expect(loginIds.size).toBeGreaterThan(5);
    for (const secret of [password, sToken, otp, demo.secretKey, ...loginIds]) {
      expect(all).not.toContain(secret);
    }
    expect(all).not.toMatch(/login_id|AIOHTTP_SESSION|PRIVATE KEY/);
  });
});
