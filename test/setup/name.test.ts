/** What clients show: chosen by --name, kept, numbered beside entries of the user's, told. */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkNameTemplate, shownName } from '../../src/setup/shown-name.js';
import { type Outcome } from '../cli/support/bai-win.js';
import { useDemoAndHome } from './support/demo-and-home.js';

describe.skipIf(process.platform === 'win32')('setup --name', () => {
  const world = useDemoAndHome({ only: ['demo'] });
  const { run } = world;
  const setup = (...args: string[]): Promise<Outcome> =>
    run('setup', 'demo', '--no-tunnel', '--for', 'filezilla,putty,openssh', ...args);

  /** What stands for `{endpoint}`: the demo is at no usual port. */
  const place = (): string => `127.0.0.1-${new URL(world.demo.managerEndpoint).port}`;

  /** The names in FileZilla, PuTTY and OpenSSH. */
  async function names(): Promise<string[]> {
    const xml = await readFile(join(world.home.path, '.config/filezilla/sitemanager.xml'), 'utf8');
    const config = await readFile(join(world.home.path, '.ssh/bai-win/config'), 'utf8');
    return [
      ...[...xml.matchAll(/<Name>(.*)<\/Name>/g)].map(([, name = '']) => name),
      ...(await readdir(join(world.home.path, '.putty/sessions'))),
      ...[...config.matchAll(/^Host (.*)$/gm)].map(([, name = '']) => name),
    ];
  }

  it('names entries by a template, which a plain setup keeps', async () => {
    const { code, stderr } = await setup('--name', '{session}@{endpoint} 학습');
    expect(code, stderr).toBe(0);
    const { id } = JSON.parse((await run('show', 'demo', '--json')).stdout) as { id: string };
    // PuTTY and ssh have ASCII alone.
    expect(await names()).toEqual([`demo@${place()} 학습`, `bai-${id}`, `${id}.bai`]);
    expect((await setup()).stderr).toContain('unchanged   everything is up to date');
    expect((await run('show', 'demo')).stdout).toContain(`shown as     demo@${place()} 학습\n`);
  });

  it('renames what is there, with all that the user changed in it, and back', async () => {
    await setup();
    const file = join(world.home.path, '.putty/sessions/bai-demo');
    await writeFile(file, `${await readFile(file, 'utf8')}FontHeight=22\n`);
    const port = (await run('show', 'demo')).stdout;
    const { stderr } = await setup('--name', '{session}@{endpoint}');
    expect(stderr).toContain(`PuTTY session "bai-demo@${place()}", which was "bai-demo": ${file}`);
    expect(await names()).toEqual([
      `demo@${place()}`,
      `bai-demo@${place()}`,
      `demo-${place()}.bai`,
    ]);
    const renamed = join(world.home.path, `.putty/sessions/bai-demo@${place()}`);
    expect(await readFile(renamed, 'utf8')).toContain('FontHeight=22\n');
    await setup('--name', '{session}');
    expect(await names()).toEqual(['demo', 'bai-demo', 'demo.bai']);
    expect(await readFile(file, 'utf8')).toContain('FontHeight=22\n');
    expect((await run('show', 'demo')).stdout).toBe(port);
    await run('remove', 'demo');
    expect(await readdir(join(world.home.path, '.putty/sessions')).catch(() => [])).toEqual([]);
  });

  it("leaves the user's own entry of that name alone, numbers ours, and tells", async () => {
    const file = join(world.home.path, '.putty/sessions/bai-mine');
    await mkdir(join(world.home.path, '.putty/sessions'), { recursive: true });
    await writeFile(file, 'HostName=example.org\n');
    const { stderr } = await setup('--name', 'mine');
    expect(await names()).toEqual(['mine', 'bai-mine', 'bai-mine-2', 'mine.bai']);
    expect(await readFile(file, 'utf8')).toBe('HostName=example.org\n');
    expect(stderr).toContain('warning: another entry in PuTTY is called "bai-mine"');
    expect(stderr).not.toContain('another entry in FileZilla');
    expect((await setup()).stderr).not.toContain('another entry');
  });

  it('refuses what it cannot fill in before it asks anybody', async () => {
    const { code, stderr } = await setup('--name', '{sesion}');
    expect(code).toBe(2);
    expect(stderr).toContain('error: --name knows no {sesion}\n');
    expect(stderr).toContain('it takes text and {session}, {endpoint}, {user}');
  });
});

describe('a name template', () => {
  it.each(['', '   ', 'a\nb', 'x'.repeat(101), '\ud800'])('cannot be %j', (typed) => {
    expect(() => checkNameTemplate(typed)).toThrow(
      expect.objectContaining({ code: 'name-unusable' }) as Error,
    );
  });

  it.each(['a"b', '$(x)', '`x`'])(
    'cannot be %s, which a command line would take apart',
    (typed) => {
      expect(() => checkNameTemplate(typed)).toThrow(
        expect.objectContaining({ code: 'name-not-for-command-lines' }) as Error,
      );
    },
  );

  it('is filled in from the notes, and only once', () => {
    const record = {
      endpoint: 'https://api.example.com:8443/',
      accessKey: 'AKIA',
      sessionName: '{user}',
      sessionId: '',
      port: 20_001,
      user: 'work',
      clients: [],
      keyFingerprint: '',
      hostKeyFingerprint: '',
    };
    expect(shownName(record)).toBe('{user}');
    const nameTemplate = checkNameTemplate(' {user}: {session} ({endpoint}) ');
    expect(shownName({ ...record, nameTemplate })).toBe('work: {user} (api.example.com-8443)');
    const usual = { ...record, endpoint: 'https://api.example.com:443', nameTemplate };
    expect(shownName(usual)).toBe('work: {user} (api.example.com)');
  });
});
