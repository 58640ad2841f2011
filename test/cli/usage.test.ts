import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baiWin, type Outcome } from './support/bai-win.js';
import { makeScratchHome, type ScratchHome } from './support/scratch-home.js';

let home: ScratchHome;
beforeEach(async () => {
  home = await makeScratchHome();
});
afterEach(() => home.remove());
const run = (...args: string[]): Promise<Outcome> => baiWin(args, home.env, { cwd: home.path });

type Words = readonly string[];

/** Switches that are given something, and what they are called. */
const SWITCHES: readonly (readonly [Words, string])[] = [
  [['key', 'rotate', '--dry-run=yes', '--yes'], '--dry-run'],
  [['key', 'rotate', '--yes=on'], '--yes'],
  [['remove', '--all', '--dryRun=1'], '--dry-run'],
  [['--dry-run=TRUE', 'remove', '--all'], '--dry-run'],
  [['status', '--json='], '--json'],
  [['status', '--help=1'], '--help'],
  [['setup', 'demo', '--tunnel=no'], '--tunnel'],
  [['logs', '-f=yes'], '-f'],
  [['logs', '-f1'], '-f'],
];

/** Options whose value was forgotten. */
const WITHOUT_VALUE: readonly (readonly [Words, string])[] = [
  [['setup', 'demo', '--user'], '--user'],
  [['setup', 'demo', '--user', ''], '--user'],
  [['setup', 'demo', '--identity='], '--identity'],
  [['setup', 'demo', '--via'], '--via'],
  [['sessions', '--endpoint'], '--endpoint'],
  [['sessions', '--ca', '--insecure=true'], '--ca'],
  [['convert', 'k', '-o'], '-o'],
  [['convert', 'k', '--to'], '--to'],
  [['convert', 'k', '--comment'], '--comment'],
  [['demo', '--release'], '--release'],
  [['login', '--username'], '--username'],
  [['login', '--user='], '--user'],
  [['proxy', 'demo', '--profile='], '--profile'],
];

const COMMANDS = [
  ...['setup', 'up', 'down', 'status', 'logs', 'tunnel', 'proxy', 'sessions', 'open', 'show'],
  ...['autostart', 'remove', 'undo', 'login', 'logout', 'profiles', 'convert', 'key', 'demo'],
];

describe('the command line', () => {
  it('hints at what was wanted where there is nothing to take away or to end', async () => {
    const removed = await run('remove', 'nope');
    expect(removed.stderr).toContain('to see all that is set up, type: bai-win show\n');
    const loggedOut = await run('logout', '--profile', 'nope');
    expect(loggedOut.stderr).toContain('error: there is no profile "nope"; none is kept yet\n');
    expect(loggedOut.stderr).toContain('hint: to see them, type: bai-win profiles\n');
    expect([removed.code, loggedOut.code]).toEqual([1, 1]);
  });

  it('speaks of the slashes of an address that has too few', async () => {
    const { stderr } = await run('login', 'http:/console.example.com');
    expect(stderr).toContain('hint: write it as http://console.example.com\n');
  });

  it('lists every command', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`bai-win ${command}`);
  });

  it.each(['--json', '--json=true'])('fails in JSON with %s', async (json) => {
    for (const words of [['show', 'nope'], ['setup']]) {
      const { code, stdout } = await run(...words, json);
      expect(code).not.toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        error: { message: expect.any(String) as string },
      });
    }
  });

  it.each(COMMANDS)('%s explains itself with an example', async (command) => {
    const { code, stdout } = await run(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain(`bai-win ${command}`);
    expect(stdout).toContain('Examples:');
  });

  it.each(['', ...COMMANDS])(
    '--help of %j, kept at build time, is what the parser says',
    async (command) => {
      const words = command === '' ? [] : [command];
      const kept = await run(...words, '--help');
      const said = await run(...words, '--help', '--verbose');
      expect(kept).toEqual(said);
    },
  );

  it.each([
    [['sesions'], 'error: there is no command sesions', 'hint: did you mean: bai-win sessions'],
    [
      ['setup'],
      'error: a session is missing after bai-win setup\n',
      'hint: bai-win sessions lists them; see: bai-win setup --help\n',
    ],
    [
      ['open'],
      'error: a session is missing after bai-win open\n',
      'hint: bai-win show lists those that are set up; see: bai-win open --help\n',
    ],
    [
      ['key', 'upload'],
      'error: a file is missing after bai-win key upload\n',
      'hint: see: bai-win key upload --help\n',
    ],
    [
      [],
      'error: no command given\n',
      'hint: see: bai-win --help; or begin with bai-win login, then bai-win sessions, then',
    ],
    [['xyzzy'], 'error: there is no command xyzzy', 'hint: see: bai-win --help'],
    [
      ['setpu', 'demo'],
      'error: there is no command setpu\n',
      'hint: did you mean: bai-win setup demo\n',
    ],
    [
      ['--profile', 'x', 'stat'],
      'error: there is no command stat\n',
      'hint: did you mean: bai-win status',
    ],
    [
      ['key', 'rotat'],
      'error: there is no command key rotat\n',
      'hint: did you mean: bai-win key rotate',
    ],
    [
      ['setup', 'demo', '--prot', '1'],
      'error: bai-win setup has no option --prot\n',
      'hint: did you mean: --port',
    ],
    [
      ['key', 'rotate', '--dryrun'],
      'error: bai-win key rotate has no option --dryrun\n',
      'hint: did you mean: --dry-run',
    ],
    [
      ['setup', 'demo', '--no-tunel'],
      'error: bai-win setup has no option --no-tunel\n',
      'hint: did you mean: --no-tunnel',
    ],
    [
      ['convert', 'x', '--ppk-versoin=2'],
      'error: bai-win convert has no option --ppk-versoin\n',
      'hint: did you mean: --ppk-version',
    ],
    [
      ['--verbos', 'sessions'],
      'error: bai-win sessions has no option --verbos\n',
      'hint: did you mean: --verbose',
    ],
    [
      ['setpu', 'demo', '--dryrun'],
      'error: there is no command setpu\n',
      'hint: did you mean: bai-win setup\n',
    ],
    [['key'], 'error: a command is missing after bai-win key\n', 'hint: see: bai-win key --help'],
    [['status', '-x'], 'error: bai-win status has no option -x\n', 'hint: see: bai-win status'],
    [['setup', 'a', 'b'], 'error: unknown argument: b\n', 'hint: see: bai-win setup --help'],
    [
      ['setup', 'demo', '--port'],
      'error: --port needs a value after it\n',
      'hint: see: bai-win setup --help',
    ],
    [
      ['setup', 'demo', '--via', 'tunel'],
      'error: --via takes one of tunnel, direct, appproxy, not "tunel"\n',
      'hint: did you mean: --via tunnel',
    ],
    [
      ['autostart', 'onn'],
      'error: bai-win autostart takes one of on, off, not "onn"\n',
      'hint: did you mean: bai-win autostart on\n',
    ],
    [
      ['status', '--endpoint', 'https://a', '--endpoint=https://b'],
      'error: --endpoint was given more than once, and takes one value\n',
      'hint: leave one --endpoint in the command line\n',
    ],
    [
      ['convert', 'x', '-o', 'a', '-o', 'b'],
      'error: --output was given more than once',
      'hint: leave one --output',
    ],
    [
      ['setup', 'demo', '--port', 'abc'],
      'error: --port takes a number from 1025 to 65535, not "abc"\n',
      'hint: give a whole number',
    ],
    [['setup', 'demo', '--for', 'filezila'], 'error: no such client: filezila\n', '--for takes: '],
    [
      ['open', 'x', '--in', 'nope'],
      'error: open cannot start nope\n',
      'hint: --in takes: filezilla',
    ],
    ...SWITCHES.map(([words, option]): [Words, string, string] => [
      words,
      `error: ${option} takes no value\n`,
      `hint: type ${option} alone`,
    ]),
    [
      ['remove', '--all', '--dry-run.x=1'],
      'error: bai-win remove has no option --dry-run.x\n',
      'hint: did you mean: --dry-run\n',
    ],
    ...WITHOUT_VALUE.map(([words, option]): [Words, string, string] => [
      words,
      `error: ${option} needs a value after it\n`,
      'hint: see: bai-win ',
    ]),
    [
      ['setup', 'demo', '--no-user'],
      'error: --user takes a value, so there is no --no-user\n',
      'hint: see: bai-win setup --help\n',
    ],
    [
      ['login', '--username', 'a@b', '--nonsense'],
      'error: bai-win login has no option --nonsense\n',
      'hint: see: bai-win login --help\n',
    ],
    [
      ['login', 'https://a', '--secret-key', 'abc'],
      'error: --secret-key is never taken from the command line\n',
      'redirect a file to --secret-key-stdin; what was typed may stand in the history of the shell',
    ],
    [
      ['key', 'show', 'k', '--passphrase=abc'],
      'error: --passphrase is never taken from the command line\n',
      'redirect a file to --passphrase-stdin;',
    ],
    [['open', 'x', '--in'], 'error: --in needs a value after it\n', 'see: bai-win open --help'],
    [
      ['convert', ''],
      'error: one of the words that were given is empty\n',
      'hint: see: bai-win convert --help\n',
    ],
    [['show', ''], 'error: one of the words that were given is empty\n', 'bai-win show --help\n'],
    [['remove'], 'error: remove takes a session, or --all, or --stale', 'hint: see what is set up'],
    [['convert', 'x', '--to', 'pdf'], 'not "pdf"\n', 'hint: see: bai-win convert --help'],
  ])('%j is refused in one line with a hint', async (args, error, hint) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(error);
    expect(stderr).toContain(hint);
    expect(stderr.split('\n')).toHaveLength(3);
  });

  it.each([
    [['convert', 'x', '-o', '-', '--json']],
    [['convert', '-', '--json']],
    [['logs', '-f', '--json']],
    [['open', 'x', '--in', 'ssh', '--json']],
  ])('%j is refused, since standard output holds one thing', async (args) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'json-not-here' } });
    expect(stderr).toMatch(
      /error: standard output cannot hold both .+\n.*hint: leave --json out\n$/,
    );
  });

  it.each(['--list', '--list=true', '--no-dry-run --list', '--dry-run false --list'])(
    'takes undo %s',
    async (words) => {
      expect(await run('undo', ...words.split(' '))).toMatchObject({ code: 0 });
    },
  );

  it.each([['--comment='], ['--comment', ''], ['--output', '-']])(
    'takes convert %s',
    async (...words) => {
      expect((await run('convert', 'k', ...words)).stderr).toContain('there is no file');
    },
  );

  it('takes help for a session behind what takes one, and for a wish elsewhere', async () => {
    expect((await run('show', 'help', '--verbose')).stderr).toContain(
      '"help" is not set up on this computer',
    );
    expect((await run('help')).stdout).toBe((await run('--help')).stdout);
    expect((await run('show', '-h', 'help')).stdout).toBe((await run('show', '--help')).stdout);
    expect((await run('login', 'help')).stdout).toBe((await run('login', '--help')).stdout);
    expect(await run('help', 'setup')).toEqual(await run('setup', '--help'));
    expect(await run('help', 'key', 'show')).toEqual(await run('key', 'show', '--help'));
  });

  it.each([[['nosuch']], [['setpu']], [['setpu', 'demo']], [['key', 'rotat']]])(
    'has no help for %j, which is no command',
    async (words) => {
      const refused = await run(...words);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(await run('help', ...words)).toEqual(refused);
      expect(await run(...words, '--help')).toEqual(refused);
    },
  );

  it('has help for a command that is not listed', async () => {
    const { code, stdout } = await run('help', 'agent', '--verbose');
    expect([code, stdout]).toEqual([0, (await run('agent', '--help')).stdout]);
  });

  it('takes a switch twice', async () => {
    expect((await run('show', '--verbose', '--verbose')).code).toBe(0);
  });
});
