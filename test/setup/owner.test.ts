/** Whose sites are meant, where the same session name is set up at two places. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baiWin, type Outcome } from '../cli/support/bai-win.js';
import { makeScratchHome, type ScratchHome } from '../cli/support/scratch-home.js';

const PLACES = ['lab', 'office'] as const;

let home: ScratchHome;

beforeEach(async () => {
  home = await makeScratchHome();
  const site = (place: string): object => ({
    endpoint: `https://${place}.example.com`,
    accessKey: `AKIA-${place}`,
    sessionName: 'demo',
    sessionId: '',
    port: place === 'lab' ? 20_001 : 20_002,
    user: 'work',
    clients: ['putty'],
    keyFingerprint: 'SHA256:x',
    hostKeyFingerprint: 'SHA256:x',
  });
  const sites = Object.fromEntries(PLACES.map((place) => [`demo-${place}`, site(place)]));
  await put('.local/share/bai-win/state/sites.json', JSON.stringify({ version: 1, sites }));
  // As people write it: another case, a slash at the end, a second address.
  const profiles = PLACES.map(
    (place) =>
      `[profile ${place}]\nendpoint=https://${place.toUpperCase()}.example.com/,https://x.example.com\nmode=api\naccess_key=AKIA-${place}\n`,
  );
  await put('.config/bai-win/config.ini', profiles.join('\n'));
});
afterEach(() => home.remove());

async function put(name: string, text: string): Promise<void> {
  const path = join(home.path, name);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
}

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  baiWin(args, { ...home.env, ...env }, { cwd: home.path });

async function left(): Promise<string[]> {
  const path = join(home.path, '.local/share/bai-win/state/sites.json');
  return Object.keys((JSON.parse(await readFile(path, 'utf8')) as { sites: object }).sites);
}

// The folders are those of Linux and macOS.
describe.skipIf(process.platform === 'win32')('with --profile', () => {
  it('show shows its site, and lists its sites alone', async () => {
    expect((await run(['show', 'demo'])).stderr).toContain('fits 2 sessions');
    const one = await run(['show', 'demo', '--profile', 'office', '--json']);
    expect(JSON.parse(one.stdout)).toMatchObject({ id: 'demo-office', port: 20_002 });
    const list = await run(['show', '--json'], { BAI_WIN_PROFILE: 'lab' });
    expect(JSON.parse(list.stdout)).toMatchObject([{ id: 'demo-lab' }]);
    expect(JSON.parse((await run(['show', '--json'])).stdout)).toHaveLength(2);
  });

  it('remove takes out its site alone, with --all too', async () => {
    expect((await run(['remove', 'demo'])).code).toBe(1);
    expect(await left()).toHaveLength(2);
    expect((await run(['remove', 'demo', '--profile', 'lab'])).code).toBe(0);
    expect(await left()).toEqual(['demo-office']);
    expect((await run(['remove', '--all', '--profile', 'lab'])).code).toBe(0);
    expect(await left()).toEqual(['demo-office']);
    expect((await run(['remove', '--all', '--profile', 'office'])).code).toBe(0);
    expect(await left()).toEqual([]);
  });

  it('open looks among its sites', async () => {
    const env = { PATH: '/nowhere' };
    expect((await run(['open', 'demo', '--in', 'putty'], env)).stderr).toContain('fits 2 sessions');
    const { stderr } = await run(['open', 'demo', '--in', 'filezilla', '--profile', 'lab'], env);
    expect(stderr).toContain('demo is not set up in FileZilla');
  });

  it('down and proxy take its site, and up that of nobody else', async () => {
    const proxied = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<Outcome> =>
      run(['--verbose', 'proxy', 'demo', ...args], env);
    expect((await run(['down', 'demo'])).stderr).toContain('fits 2 sessions');
    expect((await run(['down', 'demo', '--profile', 'office'])).code).toBe(0);
    expect((await proxied({})).stderr).toContain('fits 2 sessions');
    const byOption = await proxied({}, '--profile', 'office');
    expect(byOption.stderr).toContain('not its secret key');
    const byVariable = await proxied({ BAI_WIN_PROFILE: 'lab' });
    expect(byVariable.stderr).toContain('nobody is signed in there as that');
    for (const { stderr, code } of [byOption, byVariable]) {
      expect(stderr).not.toContain('fits 2 sessions');
      expect(code).toBe(1);
    }
  });

  it('status and down tell its tunnel from that of the same name', async () => {
    try {
      await run(['up', '--profile', 'lab']);
      const row = /^demo \(demo-lab\) +127\.0\.0\.1:20001 +open/mu;
      const status = await run(['status']);
      expect(status.stdout).toMatch(row);
      expect(status.stderr).toContain('the tunnel to demo (demo-office) is closed; ');
      const other = await run(['down', 'demo', '--profile', 'office']);
      expect(other.stderr).toBe('no tunnel of demo (demo-office) was open in the background\n');
      expect(other.stdout).toMatch(row);
      const own = await run(['down', 'demo', '--profile', 'lab']);
      expect(own).toMatchObject({ stdout: '', stderr: 'closed      demo\n' });
    } finally {
      await run(['down']);
    }
  });

  it('where it has no sites that is said, with what to type', async () => {
    expect((await run(['remove', 'demo', '--profile', 'lab'])).code).toBe(0);
    const up = await run(['up'], { BAI_WIN_PROFILE: 'lab' });
    expect(up.stderr).toContain(
      'error: no session is set up on this computer for --profile lab, so there is no tunnel',
    );
    expect(up.stderr).toContain(
      'hint: type: bai-win setup <session> --profile lab    (bai-win sessions --profile lab lists yours)',
    );
    expect((await run(['up', 'demo', '--profile', 'lab'])).stderr).toContain(
      '"demo" is not set up on this computer for --profile lab; nothing is',
    );
    expect((await run(['show', '--profile', 'lab'])).stderr).toBe(
      'nothing is set up on this computer for --profile lab; type: bai-win setup <session> --profile lab\n',
    );
    const other = await run(['up', '--endpoint', 'https://a.example.com']);
    expect(other.stderr).toContain('on this computer for --endpoint https://a.example.com, so');
  });

  it('a profile that is not there is told, and nothing done', async () => {
    for (const args of [
      ['show'],
      ['remove', '--all'],
      ['open', 'demo'],
      ['up'],
      ['proxy', 'demo'],
    ]) {
      const { code, stderr } = await run([...args, '--profile', 'attic']);
      expect(code).toBe(1);
      expect(stderr).toContain('there is no profile "attic"; kept are: lab, office');
    }
    expect(await left()).toHaveLength(2);
  });
});

describe.skipIf(process.platform === 'win32')('without --profile', () => {
  it('proxy says whose the session is where nobody is signed in', async () => {
    const { stderr } = await run(['proxy', 'demo-lab']);
    expect(stderr).toBe(
      'bai-win: error: the session is that of access key AKIA-lab at https://lab.example.com, and nobody is signed in there as that\n' +
        'bai-win: hint: type: bai-win login https://lab.example.com --profile lab\n',
    );
  });

  it('the sign-in decides between sites of one name, and else the hint helps', async () => {
    const env = {
      BACKEND_ENDPOINT: 'https://office.example.com/',
      BACKEND_ACCESS_KEY: 'AKIA-office',
      BACKEND_SECRET_KEY: 'not-a-real-secret',
    };
    const shown = await run(['show', 'demo', '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: 'demo-office' });
    const other = await run(['show', 'demo'], { ...env, BACKEND_ACCESS_KEY: 'AKIA-attic' });
    expect(other.stderr).toContain('hint: type the whole id in the second column; --endpoint,');
    expect((await run(['show', 'demo-lab', '--json'], env)).stdout).toContain('"demo-lab"');
    expect((await run(['remove', 'demo'], env)).code).toBe(0);
    expect(await left()).toEqual(['demo-lab']);
    // Typed once too often, it must not take what somebody else has of that name.
    const again = await run(['remove', 'demo'], env);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('hint: if it is meant, type: bai-win remove demo-lab\n');
    expect(await left()).toEqual(['demo-lab']);
    expect((await run(['remove', 'demo-lab'], env)).code).toBe(0);
    expect(await left()).toEqual([]);
  });
});
