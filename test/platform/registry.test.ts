import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { regExeRegistry, systemRegistry } from '../../src/platform/registry.js';
import type { ProgramRunner } from '../../src/platform/run-program.js';

const KEY = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\a%20"b"';
/** As a Korean Windows says it, in code page 949. */
const ABSENT = Buffer.from('bfc0b7f93a20c0cebdc4c7d220bcf620bef8bdc0b4cfb4d92e', 'hex');

interface FakeReg {
  /** What exists, as exported. */
  keys?: Record<string, Buffer>;
  /** Keys that may not be read. */
  denied?: string[];
  /** reg.exe is disabled by policy. */
  disabled?: boolean;
  importExitCode?: number;
}

function fakeReg({ keys = {}, denied = [], disabled = false, importExitCode = 0 }: FakeReg) {
  const calls: (readonly string[])[] = [];
  const files: string[] = [];
  const imported: Buffer[] = [];
  const answer = (exitCode: number, stderr: Buffer | string = '') =>
    Promise.resolve({ exitCode, stdout: Buffer.alloc(0), stderr: Buffer.from(stderr) });
  const run: ProgramRunner = (program, args) => {
    calls.push([program, ...args]);
    const [verb, key = '', file = ''] = args;
    if (disabled) return answer(1, 'disabled by your administrator');
    if (verb === 'query') return answer(0);
    if (verb === 'import') {
      files.push(key);
      imported.push(readFileSync(key));
      return answer(importExitCode);
    }
    files.push(file);
    if (denied.includes(key)) return answer(1, 'access is denied');
    const bytes = keys[key];
    if (bytes === undefined) return answer(1, ABSENT);
    writeFileSync(file, bytes);
    return answer(0);
  };
  return { registry: regExeRegistry(run), calls, files, imported };
}

describe('exportKey', () => {
  test('gives the exported bytes, takes reg.exe from the system folder, cleans up', async () => {
    const bytes = Buffer.from('exported');
    const { registry, calls, files } = fakeReg({ keys: { [KEY]: bytes } });
    expect(await registry.exportKey(KEY)).toEqual(bytes);
    expect(calls).toEqual([
      [expect.stringMatching(/^.:\\.*\\System32\\reg\.exe$/), 'export', KEY, files[0], '/y'],
    ]);
    expect(existsSync(dirname(files[0] ?? ''))).toBe(false);
  });

  test('a key that is not there is null, in any language; the comparison is made once', async () => {
    const { registry, calls } = fakeReg({});
    expect(await Promise.all([registry.exportKey(KEY), registry.exportKey(`${KEY}2`)])).toEqual([
      null,
      null,
    ]);
    expect(await registry.exportKey(`${KEY}3`)).toBeNull();
    expect(calls.filter((call) => call[1] === 'query')).toHaveLength(1);
    expect(calls).toHaveLength(5);
  });

  test('a key that may not be read is not taken for absent', async () => {
    const { registry } = fakeReg({ denied: [KEY] });
    await expect(registry.exportKey(KEY)).rejects.toMatchObject({
      code: 'registry-key-not-readable',
    });
  });

  test('where reg.exe is forbidden, nothing is taken for absent', async () => {
    const { registry } = fakeReg({ disabled: true });
    await expect(registry.exportKey(KEY)).rejects.toMatchObject({
      code: 'registry-not-available',
    });
  });
});

describe('importFile', () => {
  test('hands over the bytes and cleans up', async () => {
    const { registry, files, imported } = fakeReg({});
    await registry.importFile(Buffer.from('edits'));
    expect(imported).toEqual([Buffer.from('edits')]);
    expect(existsSync(dirname(files[0] ?? ''))).toBe(false);
  });

  test('the file is private', async () => {
    let mode = 0;
    const registry = regExeRegistry((_, [, file = '']) => {
      mode = statSync(file).mode & 0o777;
      return Promise.resolve({ exitCode: 0, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) });
    });
    await registry.importFile(Buffer.from('edits'));
    expect(mode).toBe(0o600);
  });

  test('a refusal is told', async () => {
    const { registry } = fakeReg({ importExitCode: 1 });
    await expect(registry.importFile(Buffer.alloc(0))).rejects.toMatchObject({
      code: 'registry-not-written',
    });
  });
});

test('only Windows has one', () => {
  expect(systemRegistry('linux')).toBeNull();
  expect(systemRegistry('darwin')).toBeNull();
  expect(systemRegistry('win32')).not.toBeNull();
});
