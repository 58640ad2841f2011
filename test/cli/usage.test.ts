import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baiWin, type Outcome } from './support/bai-win.js';
import { makeScratchHome, type ScratchHome } from './support/scratch-home.js';

let home: ScratchHome;
beforeEach(async () => {
  home = await makeScratchHome();
});
afterEach(() => home.remove());
const run = (...args: string[]): Promise<Outcome> => baiWin(args, home.env, { cwd: home.path });

const COMMANDS = [
  ...['setup', 'up', 'down', 'status', 'logs', 'tunnel', 'proxy', 'sessions', 'open', 'show'],
  ...['remove', 'undo', 'login', 'logout', 'profiles', 'convert', 'key', 'demo'],
];

describe('the command line', () => {
  it('lists every command', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`bai-win ${command}`);
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
      'error: something is missing after bai-win setup',
      'hint: see: bai-win setup --help',
    ],
    [[], 'error: no command given', 'hint: see: bai-win --help'],
    [['setup', 'demo', '--prot', '1'], 'error: unknown argument: prot', 'hint: see: bai-win setup'],
    [['convert', 'x', '--to', 'pdf'], 'error: invalid values: Argument: to', 'hint: see: bai-win'],
  ])('%j is refused in one line with a hint', async (args, error, hint) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.split('\n')).toEqual([
      expect.stringContaining(error),
      expect.stringContaining(hint),
      '',
    ]);
  });
});
