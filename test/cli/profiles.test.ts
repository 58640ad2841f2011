import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useSignIns } from './support/sign-ins.js';

// Each test runs the program several times, which takes long on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const world = useSignIns();
const { run, byPassword, byKeys, succeeds, configFile } = world;

describe('profiles', () => {
  it('keep several accounts, list them, and use the one that is named', async () => {
    await succeeds(byPassword());
    const { stderr } = await succeeds(byKeys('--profile', 'keys'));
    expect(stderr).toContain('next, type: bai-win sessions --profile keys\n');
    const { stdout } = await succeeds(run(['profiles', '--json']));
    expect(JSON.parse(stdout)).toEqual([
      {
        name: 'default',
        mode: 'session',
        endpoint: world.demo.webEndpoint,
        accessKey: world.demo.accessKey,
        inUse: true,
      },
      {
        name: 'keys',
        mode: 'api',
        endpoint: world.demo.managerEndpoint,
        accessKey: world.demo.accessKey,
        inUse: false,
      },
    ]);
    // People know other things by the word session.
    const shown = await succeeds(run(['profiles']));
    expect(shown.stdout).toMatch(
      /^\* {2}default {2}web console {2}http.*\n {3}keys {5}manager {6}http/m,
    );
    const env = { BACKEND_ENDPOINT: 'http://127.0.0.1:1' };
    await succeeds(run(['sessions', '--profile', 'keys'], { env }));
    await succeeds(run(['sessions'], { env: { ...env, BAI_WIN_PROFILE: 'default' } }));
    await succeeds(run(['sessions', '--endpoint', world.demo.webEndpoint]));
  });

  it('are named again in what to type next', async () => {
    await succeeds(byPassword());
    await succeeds(byKeys('--profile', 'keys'));
    const listed = await succeeds(run(['sessions', '--profile', 'keys']));
    expect(listed.stderr).toContain('type: bai-win setup <session> --profile keys\n');
    await succeeds(run(['setup', 'demo', '--for', 'filezilla']));
    const second = ['setup', 'demo', '--for', 'filezilla', '--profile', 'keys'];
    const { stderr } = await succeeds(run(second));
    const [, next = ''] = /while the tunnel is open: bai-win (.*)$/m.exec(stderr) ?? [];
    expect(next).toBe('up demo --profile keys');
    await succeeds(run(next.split(' ')));
    await succeeds(run(['down']));
  });

  it('have to be there, and have a plain name', async () => {
    const { stderr } = await run(['sessions', '--profile', 'nope']);
    expect(stderr).toContain('hint: to make it, type: bai-win login --profile nope');
    await succeeds(byKeys('--profile', 'keys'));
    const near = await run(['sessions', '--profile', 'kyes']);
    expect(near.stderr).toContain('hint: perhaps keys is meant; to make it, type: ');
    const shown = await succeeds(run(['login', '--show']));
    expect(shown.stderr).toContain(
      'to use one that is kept, add e.g. --profile keys\nto sign in, type: bai-win login\n',
    );
    await succeeds(run(['logout', '--profile', 'keys']));
    for (const command of ['sessions', 'show demo', 'proxy demo']) {
      const named = await run([...command.split(' '), '--profile', 'a.b']);
      expect(named.stderr).toContain('name of a profile');
      expect(named.code).toBe(2);
    }
    expect((await succeeds(run(['profiles']))).stderr).toContain('no profile is kept yet');
  });

  it('tell whom they stood for before, and end that login', async () => {
    await succeeds(byPassword());
    const kept = await readFile(configFile(), 'utf8');
    const keys = await succeeds(byKeys());
    expect(keys.stderr).toContain(
      `replaced    ${world.demo.accessKey} at ${world.demo.webEndpoint}, whose login is ended\n`,
    );
    expect(keys.stderr).toContain('bai-win login --profile NAME');
    const again = await succeeds(byKeys());
    expect(again.stderr).not.toContain('replaced');
    const back = await succeeds(byPassword());
    expect(back.stderr).toContain(
      `replaced    ${world.demo.accessKey} at ${world.demo.managerEndpoint}\n`,
    );
    // What somebody copied before is of no use any more.
    await writeFile(configFile(), kept);
    expect((await run(['sessions'])).stderr).toContain('has ended');
    await writeFile(configFile(), kept.replace(world.demo.webEndpoint, 'http://127.0.0.1:1'));
    const gone = await succeeds(byKeys());
    expect(gone.stderr).toContain('at http://127.0.0.1:1, whose login ends by itself');
  });

  it('never show a login to another site', async () => {
    await succeeds(byPassword());
    const { code, stderr } = await run(['sessions', '--endpoint', world.demo.managerEndpoint]);
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

  it('names the variables that hold the keys where nothing is kept', async () => {
    const { accessKey, secretKey, managerEndpoint } = world.demo;
    const env = {
      BACKEND_ENDPOINT: managerEndpoint,
      BACKEND_ACCESS_KEY: accessKey,
      BACKEND_SECRET_KEY: secretKey,
    };
    const around = await succeeds(run(['logout'], { env }));
    expect(around.stderr).toBe(
      'the keys come from BACKEND_ACCESS_KEY (environment) and BACKEND_SECRET_KEY (environment), and nothing is kept that could be forgotten\n' +
        'to do without them, type: unset BACKEND_ACCESS_KEY BACKEND_SECRET_KEY\n',
    );
    const json = await succeeds(run(['logout', '--json'], { env }));
    expect(JSON.parse(json.stdout)).toEqual({ profile: null, ended: false });

    const file = join(world.home.path, '.env');
    await writeFile(file, `BACKEND_ACCESS_KEY=${accessKey}\nSORNA_SECRET_KEY=${secretKey}\n`);
    expect((await succeeds(run(['logout']))).stderr).toContain(
      `to do without them, take BACKEND_ACCESS_KEY and SORNA_SECRET_KEY out of ${file}\n`,
    );
  });

  it('names the variables that still hold keys beside what it forgets', async () => {
    await succeeds(byKeys());
    await succeeds(byKeys('--profile', 'keys'));
    const { accessKey, secretKey, managerEndpoint } = world.demo;
    const env = {
      BACKEND_ENDPOINT: managerEndpoint,
      BACKEND_ACCESS_KEY: accessKey,
      BACKEND_SECRET_KEY: secretKey,
    };
    // Of a profile that is named they are no part.
    const named = await succeeds(run(['logout', '--profile', 'keys'], { env }));
    expect(named.stderr).not.toContain('BACKEND_');
    const { stderr } = await succeeds(run(['logout'], { env }));
    expect(stderr).toContain('forgotten   profile default');
    expect(stderr).toContain(
      'warning: commands go on with the keys from BACKEND_ACCESS_KEY (environment) and BACKEND_SECRET_KEY (environment); to do without them, type: unset BACKEND_ACCESS_KEY BACKEND_SECRET_KEY\n',
    );
    await succeeds(run(['sessions'], { env }));
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
    await writeFile(configFile(), text.replace(world.demo.webEndpoint, 'http://127.0.0.1:1'));
    const { stderr } = await succeeds(run(['logout']));
    expect(stderr).toContain('could not be told');
    expect(await readFile(configFile(), 'utf8')).toBe('');
  });
});

describe('no secret', () => {
  it('was printed by any of these runs', () => {
    world.expectNoSecretPrinted();
  });
});
