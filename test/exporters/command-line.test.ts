import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  localProxyCommand,
  shellCommandLine,
  windowsCommandLine,
} from '../../src/exporters/command-line.js';
import { linux, windows } from './world.js';

// From "Parsing C command-line arguments" of Microsoft's C documentation.
test.each([
  [['a b'], '"a b"'],
  [['C:\\Program Files\\nodejs\\node.exe', 'x'], '"C:\\Program Files\\nodejs\\node.exe" x'],
  [['ab"c', '\\', 'd'], '"ab\\"c" \\ d'],
  [['a\\\\\\b', 'd"e f"g'], 'a\\\\\\b "d\\"e f\\"g"'],
  [['a\\\\b c\\'], '"a\\\\b c\\\\"'],
  [['a\\"b'], '"a\\\\\\"b"'],
  [['', '학습 1', '%PATH%'], '"" "학습 1" %PATH%'],
])('%j for Windows', (argv, line) => {
  expect(windowsCommandLine(argv)).toBe(line);
});

test.skipIf(process.platform === 'win32')('a real shell takes the line apart again', () => {
  const argument = fc.string({ unit: fc.constantFrom(...Array.from(' \'"\\$`*~;&|%!a학\n-')) });
  fc.assert(
    fc.property(fc.array(argument, { minLength: 1, maxLength: 4 }), (argv) => {
      const printer = [process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--'];
      const output = execFileSync('/bin/sh', ['-c', shellCommandLine([...printer, ...argv])]);
      expect(JSON.parse(output.toString())).toEqual(argv);
    }),
    { numRuns: 15 },
  );
});

test('backslashes and percent signs are doubled for a local proxy', () => {
  const argv = ['C:\\tools\\new dir\\bai-win.exe', 'proxy', '100%host'];
  expect(localProxyCommand(argv, windows)).toBe(
    '"C:\\\\tools\\\\new dir\\\\bai-win.exe" proxy 100%%host',
  );
  expect(localProxyCommand(['/opt/bai win', 'a\\b'], linux)).toBe("'/opt/bai win' 'a\\\\b'");
});

/** A local proxy command as PuTTY and WinSCP read it: `\\` and `%` begin escapes, else text stands for itself. */
function readLocalProxy(command: string): string {
  const values: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', host: 'HOST' };
  const escape = /\\(x[0-9a-f]{2}|.)|%(%|[a-z]+)/gi;
  return command.replace(
    escape,
    (_, backslashed: string | undefined, named: string | undefined) => {
      const word = backslashed ?? named ?? '';
      if (word.length === 3) return String.fromCharCode(Number.parseInt(word.slice(1), 16));
      return values[word] ?? word;
    },
  );
}

/** A command line as the C runtime of Windows takes it apart, character by character. */
function readWindows(line: string): string[] {
  const words: string[] = [];
  let [word, isQuoted, isOpen] = ['', false, false];
  for (let at = 0; at < line.length; at++) {
    const run = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    if (run > 0) {
      const beforeQuote = line[at + run] === '"';
      word += '\\'.repeat(beforeQuote ? Math.floor(run / 2) : run);
      isOpen = true;
      at += run - 1;
      if (beforeQuote && run % 2 === 1) {
        word += '"';
        at++;
      }
    } else if (line[at] === '"') {
      isQuoted = !isQuoted;
      isOpen = true;
    } else if (/\s/.test(line.charAt(at)) && !isQuoted) {
      if (isOpen) words.push(word);
      [word, isOpen] = ['', false];
    } else {
      word += line.charAt(at);
      isOpen = true;
    }
  }
  return isOpen ? [...words, word] : words;
}

test('a local proxy starts exactly the words that were meant, whatever is in them', () => {
  const hard = ['C:\\Users\\김 철수\\100%\\new\\', 'say "hi"', '%host', '\\x41', ''];
  const word = fc.oneof(
    fc.constantFrom(...hard),
    fc.string({ unit: fc.constantFrom(...Array.from(' "\\%hostx41ntr학é')) }),
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (argv) => {
      const command = readLocalProxy(localProxyCommand(argv, windows));
      expect(readWindows(command)).toEqual(argv);
      expect(readLocalProxy(localProxyCommand(argv, linux))).toBe(shellCommandLine(argv));
    }),
  );
});
