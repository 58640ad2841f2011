import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { baiWin, type Outcome } from './support/bai-win.js';
import { makeScratchHome, type ScratchHome } from './support/scratch-home.js';
import { useSignIns } from './support/sign-ins.js';

// Each test runs the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const world = useSignIns();
const { run, byPassword, byKeys, succeeds, refused, configFile } = world;

/** Signs the same person in on another computer. */
function loginFrom(other: ScratchHome): Promise<Outcome> {
  const { username, password } = world.demo.login;
  const words = ['login', world.demo.webEndpoint, '--user', username, '--password-stdin'];
  return baiWin(words, other.env, { input: password });
}

describe('login to a web console', () => {
  it('says what it found, keeps the login private, and works from then on', async () => {
    const { stderr } = await succeeds(byPassword());
    expect(stderr).toContain(`${world.demo.webEndpoint} is a web console of Backend.AI 26.8`);
    expect((await stat(configFile())).mode & 0o777).toBe(0o600);
    const kept = await readFile(configFile(), 'utf8');
    expect(kept).toContain('mode = session');
    expect(kept).not.toContain(world.demo.login.password);
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
    const shown = await succeeds(run(['login', '--show']));
    expect(shown.stderr).toContain('kind        web console, by a login (from ');
  });

  it('is used where the environment names the console as the real client does', async () => {
    await succeeds(byPassword());
    expect((await succeeds(run(['sessions'], { env: world.demo.env }))).stdout).toContain('demo');
  });

  it('sends the one-time code that was given, and asks for one that was not', async () => {
    world.demo.login.otpMode = 'required';
    expect(await refused(byPassword())).toContain('needs a one-time code');
    expect(await refused(byPassword('--otp', '000000x'))).toContain('one-time code');
    world.demo.login.otpMode = 'required-legacy';
    expect(await refused(byPassword())).toContain('needs a one-time code');
    await succeeds(byPassword('--otp', world.demo.login.otp));
  });

  it('takes the token of a portal', async () => {
    await succeeds(
      run(['login', world.demo.webEndpoint, '--stoken-stdin'], { input: world.demo.login.sToken }),
    );
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
  });

  it('speaks of the token where that is refused', async () => {
    const words = ['login', world.demo.webEndpoint, '--stoken-stdin'];
    const said = await refused(run(words, { input: 'outdated' }));
    expect(said).toContain('error: the site does not accept this token of the portal');
    expect(said).toContain('hint: tokens are good for a short time: get a new one');
  });

  it('says why it is refused', async () => {
    const wrong = run(
      ['login', world.demo.webEndpoint, '--user', world.demo.login.username, '--password-stdin'],
      { input: 'wrong' },
    );
    expect(await refused(wrong)).toContain('e-mail or password is wrong');
    world.demo.login.passwordExpired = true;
    expect(await refused(byPassword())).toContain('password has expired');
    world.demo.login.passwordExpired = false;
    world.demo.login.otpMode = 'registration';
    expect(await refused(byPassword())).toContain('has not set it up');
  });

  it('ends an older login only where that is agreed to', async () => {
    world.demo.login.limit = 1;
    const other = await makeScratchHome();
    expect((await loginFrom(other)).code).toBe(0);
    expect(await refused(byPassword())).toContain('signed in elsewhere');
    await succeeds(byPassword('--force'));
    const { code, stderr } = await baiWin(['sessions'], other.env);
    await other.remove();
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: the login at .* has ended/);
    expect(stderr).toContain('hint: sign in again: bai-win login');
  });

  it('needs no room for the login that it replaces', async () => {
    world.demo.login.limit = 1;
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
    world.demo.login.limit = 2;
    const other = await makeScratchHome();
    const { code } = await loginFrom(other);
    await other.remove();
    expect(code).toBe(0);
    await succeeds(run(['sessions']));
  });

  it('takes no access key', async () => {
    const running = run(
      ['login', world.demo.webEndpoint, '--access-key', world.demo.accessKey, '--secret-key-stdin'],
      { input: world.demo.secretKey },
    );
    expect(await refused(running)).toContain('is a web console, which takes e-mail and password');
  });

  it('refuses a blank access key or e-mail address before it asks for a secret', async () => {
    const { managerEndpoint, webEndpoint } = world.demo;
    expect(await refused(run(['login', managerEndpoint, '--access-key', ' ']))).toContain(
      'error: the access key is empty',
    );
    expect(await refused(run(['login', webEndpoint, '--username', ' ']))).toContain(
      'error: the e-mail address is empty',
    );
  });

  it('repeats the profile, and not the access key that is wrong', async () => {
    const { managerEndpoint, secretKey } = world.demo;
    const words = ['login', managerEndpoint, '--access-key', 'AKIAWRONG', '--secret-key-stdin'];
    const said = await refused(run([...words, '--profile', 'lab'], { input: secretKey }));
    expect(said).toMatch(/, then run bai-win login --profile lab\n$/u);
  });

  it('says what is missing where there is nobody to ask', async () => {
    expect(await refused(run(['login']))).toContain('bai-win login <address>;');
    expect(await refused(run(['login', '--profile', 'work']))).toContain(
      'bai-win login <address> --profile work;',
    );
    expect(await refused(run(['login', world.demo.webEndpoint]))).toContain('--username');
    expect(
      await refused(run(['login', world.demo.webEndpoint, '--user', 'me@example.com'])),
    ).toContain('--password-stdin');
    expect(await refused(byPassword('--stoken-stdin'), 2)).toContain('several secrets');
    const some = ['--access-key', 'AKIA', '--profile', 'work'];
    expect(await refused(run(['login', world.demo.managerEndpoint, ...some]))).toContain(
      `input: bai-win login ${world.demo.managerEndpoint} --profile work --access-key AKIA --secret-key-stdin < file\n`,
    );
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
      run(
        [
          'login',
          world.demo.managerEndpoint,
          '--user',
          world.demo.login.username,
          '--password-stdin',
        ],
        {
          input: world.demo.login.password,
        },
      ),
    );
    expect(await readFile(configFile(), 'utf8')).toContain(world.demo.secretKey);
  });

  it('refuses what it cannot take', async () => {
    const wrong = run(
      [
        'login',
        world.demo.managerEndpoint,
        '--access-key',
        world.demo.accessKey,
        '--secret-key-stdin',
      ],
      { input: 'wrong' },
    );
    expect(await refused(wrong)).toContain('bai-win login');
    const token = run(['login', world.demo.managerEndpoint, '--stoken-stdin'], { input: 'x' });
    expect(await refused(token, 2)).toContain('takes no tokens');
  });

  it('reads what an earlier version wrote, and replaces it when another mode is chosen', async () => {
    await succeeds(byPassword());
    await writeFile(
      configFile(),
      `; mine\n[manager]\nendpoint = ${world.demo.managerEndpoint}\naccess_key = ${world.demo.accessKey}\n` +
        `secret_key = ${world.demo.secretKey}\ncolour = blue\n`,
    );
    expect((await succeeds(run(['sessions']))).stdout).toContain('demo');
    await succeeds(byPassword());
    const kept = await readFile(configFile(), 'utf8');
    expect(kept).not.toContain(world.demo.secretKey);
    expect(kept).toMatch(/^; mine\n\[manager\]\n/);
    expect(kept).toContain('colour = blue');
  });
});

describe('a login that is not what counts', () => {
  const wrong = { BACKEND_SECRET_KEY: 'wrong-secret-key' };

  it('is told where variables come before it, with how to use it', async () => {
    const env = { ...wrong, BACKEND_ACCESS_KEY: world.demo.accessKey };
    const byEnvironment = { BACKEND_ENDPOINT: world.demo.managerEndpoint, ...env };
    const before = await run(['sessions'], { env: byEnvironment });
    expect(before.stderr).toContain('the secret key (environment) does not belong to access key');
    expect(before.stderr).toContain('type: unset BACKEND_ACCESS_KEY BACKEND_SECRET_KEY');
    const { stderr } = await succeeds(
      run(
        [
          'login',
          world.demo.managerEndpoint,
          '--access-key',
          world.demo.accessKey,
          '--secret-key-stdin',
        ],
        {
          input: world.demo.secretKey,
          env: byEnvironment,
        },
      ),
    );
    expect(stderr).toContain('says otherwise: BACKEND_SECRET_KEY (environment)\n');
    expect(stderr).toContain('to use the login, type: unset BACKEND_SECRET_KEY, or add');
    const [, next = ''] = /^next, type: bai-win (.*)$/m.exec(stderr) ?? [];
    await succeeds(run(next.split(' '), { env: byEnvironment }));
  });

  it('is told where a file does', async () => {
    const file = join(world.home.path, '.env');
    await writeFile(file, 'BACKEND_SECRET_KEY=wrong-secret-key\n');
    const { stderr } = await succeeds(byKeys());
    expect(stderr).toContain(`take BACKEND_SECRET_KEY out of ${file}`);
    const failed = await run(['sessions']);
    expect(failed.stderr).toContain(`the secret key (${file}) does not belong to`);
    expect(failed.stderr).toContain(
      `hint: correct BACKEND_SECRET_KEY, or do without: take BACKEND_SECRET_KEY out of ${file}`,
    );
  });

  it('is not told where the environment says the same', async () => {
    const { stderr } = await succeeds(
      run(
        ['login', world.demo.webEndpoint, '--user', world.demo.login.username, '--password-stdin'],
        {
          input: world.demo.login.password,
          env: world.demo.env,
        },
      ),
    );
    expect(stderr).not.toContain('warning: what comes');
    expect(stderr).toContain('next, type: bai-win sessions\n');
  });
});

describe('the main job in session mode', () => {
  it('is done, and an expired login says what to type', async () => {
    await succeeds(byPassword());
    const { stderr } = await succeeds(run(['setup', 'demo', '--verbose']));
    expect(stderr).toMatch(/login {7}work@127\.0\.0\.1:\d+ works/);
    expect((await succeeds(run(['setup', 'demo', '--json']))).stdout).toContain('"changed": false');
    world.demo.login.expireAll();
    const { code, stderr: ended } = await run(['setup', 'demo']);
    expect(code).toBe(1);
    expect(ended).toMatch(/error: the login at .* has ended/);
    expect(ended).toContain('bai-win login');
  });

  it('explains what a refused tunnel hides behind its 502', async () => {
    await succeeds(byPassword());
    world.demo.failRequests('no-such-session', { target: /\/apps$/ });
    const { code, stderr } = await run(['setup', 'demo']);
    expect(code).toBe(1);
    expect(stderr).toContain('knows no such session');
  });
});

describe('no secret', () => {
  it('was printed by any of these runs', () => {
    world.expectNoSecretPrinted();
  });
});
