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
