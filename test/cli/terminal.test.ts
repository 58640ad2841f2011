import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { table } from '../../src/cli/table.js';
import { Terminal, type Output } from '../../src/cli/terminal.js';

const DIFF = '--- C:\\a.xml\n+++ C:\\a.xml\n@@ -1 +1 @@\n-old\n+new\n same\n';

function shown(isTTY: boolean): string {
  let text = '';
  const data: Output = { isTTY, write: (part) => (text += String(part)) };
  new Terminal({ json: false, verbose: false }, data, data).printDiff(DIFF);
  return text;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

test('others cannot steer the terminal', () => {
  let people = '';
  let data = '';
  const err: Output = { write: (part) => (people += String(part)) };
  const out: Output = { write: (part) => (data += String(part)) };
  const terminal = new Terminal({ json: true, verbose: false }, err, out);
  const name = 'a\u001b[2Jb\u009b\u202e\nbai-win: error: c';
  const shown = 'a\\u001b[2Jb\\u009b\\u202e\\nbai-win: error: c';
  terminal.step('session', name);
  terminal.say('several match:\n  one\n  two');
  expect(people).toBe(`session     ${shown}\nseveral match:\n  one\n  two\n`);
  terminal.print(table(['NAME'], [[name]]));
  terminal.printLine(name);
  expect(data).toBe(`NAME\n${shown}\n${shown}\n`);
  data = '';
  terminal.printJson({ name });
  expect(data).toBe(`{\n  "name": "${shown}"\n}\n`);
  expect(JSON.parse(data)).toEqual({ name });
  data = '';
  terminal.printBytes(Buffer.from(name));
  expect(data).toBe(name);
});

describe('diffs', () => {
  it('are coloured on a terminal', () => {
    vi.stubEnv('NO_COLOR', '');
    expect(shown(true)).toBe(
      '\u001b[1m--- C:\\a.xml\u001b[0m\n\u001b[1m+++ C:\\a.xml\u001b[0m\n@@ -1 +1 @@\n' +
        '\u001b[31m-old\u001b[0m\n\u001b[32m+new\u001b[0m\n same\n',
    );
  });

  it('are plain in pipes and files, and where NO_COLOR says so', () => {
    vi.stubEnv('NO_COLOR', '');
    expect(shown(false)).toBe(DIFF);
    vi.stubEnv('NO_COLOR', '1');
    expect(shown(true)).toBe(DIFF);
  });
});
