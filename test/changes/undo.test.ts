import { writeFileSync } from 'node:fs';
import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { applyPlan } from '../../src/changes/apply.js';
import type { RegistryValue } from '../../src/changes/change.js';
import type { ChangeHost } from '../../src/changes/host.js';
import { recover } from '../../src/changes/recover.js';
import { listApplied, undoLast } from '../../src/changes/undo.js';
import type { RegData } from '../../src/platform/reg-file.js';
import type { MemoryRegistry } from './memory-registry.js';
import { duringWriteOf, dword, fileChange, HKCU, registryChange, sz, testHost } from './support.js';

// Lets a test step in while a file is written.
vi.mock('node:fs/promises', { spy: true });

/** Every file below a folder but our own, with its bytes and mode, and every registry value. */
async function everything(host: ChangeHost & { root: string; registry: MemoryRegistry }) {
  const files = [];
  for (const entry of await readdir(host.root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (path.startsWith(join(host.root, 'bai'))) continue;
    const { mode } = await stat(path);
    files.push([path, mode, entry.isFile() ? await readFile(path, 'latin1') : entry.name]);
  }
  const keys = [...host.registry.keys].map(([key, values]): [string, [string, RegData][]] => [
    key,
    [...values],
  ]);
  return { files: files.sort(), keys };
}

describe('undoLast', () => {
  test('gives everything its old content, mode and absence', async () => {
    const host = await testHost();
    const at = (...parts: string[]): string => join(host.root, ...parts);
    const session = `${HKCU}\\PuTTY\\Sessions\\bai-demo`;
    await mkdir(at('real'));
    await writeFile(at('real', 'linked'), 'old');
    await symlink('real/linked', at('linked'));
    await writeFile(at('changed'), 'old');
    await chmod(at('changed'), 0o640);
    await writeFile(at('removed'), 'old');
    await chmod(at('removed'), 0o644);
    host.registry.set(`${HKCU}\\PuTTY\\SshHostKeys`, { old: sz('0x1'), mine: sz('0x2') });
    const before = await everything(host);
    await applyPlan(
      [
        fileChange(at('linked'), 'old', 'new'),
        fileChange(at('changed'), 'old', 'new'),
        fileChange(at('removed'), 'old', null),
        fileChange(at('made', 'deep', 'file'), null, 'new'),
        registryChange(session, 'HostName', null, sz('127.0.0.1')),
        registryChange(session, 'PortNumber', null, dword(1)),
        registryChange(`${HKCU}\\PuTTY\\SshHostKeys`, 'old', sz('0x1'), sz('0x3')),
      ],
      host,
    );
    expect(await everything(host)).not.toEqual(before);
    const restored = await undoLast(host);
    expect(restored).toHaveLength(7);
    expect(await everything(host)).toEqual(before);
    expect(await listApplied(host)).toEqual([]);
  });

  test('takes away the registry keys that it made, unless something is in them by now', async () => {
    const putty = `${HKCU}\\SimonTatham\\PuTTY`;
    const plan = [
      registryChange(`${putty}\\Sessions\\bai-demo`, 'HostName', null, sz('127.0.0.1')),
      registryChange(`${putty}\\SshHostKeys`, 'ours', null, sz('0x1')),
    ];
    const host = await testHost();
    host.registry.set(HKCU, {});
    const before = await everything(host);
    await applyPlan(plan, host);
    await undoLast(host);
    expect(await everything(host)).toEqual(before);

    await applyPlan(plan, host);
    host.registry.set(`${putty}\\Sessions\\mine`, { HostName: sz('example.org') });
    await undoLast(host);
    expect([...host.registry.keys.keys()].slice(-2)).toEqual([
      `${putty}\\Sessions`,
      `${putty}\\Sessions\\mine`,
    ]);
  });

  test('takes back all else where a registry key above cannot be read', async () => {
    const above = `${HKCU}\\SimonTatham`;
    const key = `${above}\\PuTTY\\SshHostKeys`;
    const host = await testHost();
    await applyPlan([registryChange(key, 'ours', null, sz('0x1'))], host);
    const exportKey = host.registry.exportKey.bind(host.registry);
    host.registry.exportKey = (asked) =>
      asked === above ? Promise.reject(new Error('denied')) : exportKey(asked);
    await undoLast(host);
    expect([...host.registry.keys.keys()]).not.toContain(key);
    expect(await listApplied(host)).toEqual([]);
    await applyPlan([registryChange(key, 'ours', null, sz('0x1'))], host);
    expect([...host.registry.keys.keys()]).toContain(key);
  });

  test('leaves a registry key that was there and held nothing', async () => {
    const host = await testHost();
    const key = `${HKCU}\\SimonTatham\\PuTTY\\SshHostKeys`;
    host.registry.set(key, {});
    const before = await everything(host);
    await applyPlan([registryChange(key, 'ours', null, sz('0x1'))], host);
    await undoLast(host);
    expect(await everything(host)).toEqual(before);
  });

  test('refuses by name where something was changed since, and writes nothing', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    const key = `${HKCU}\\K`;
    await applyPlan(
      [
        fileChange(a, null, 'ours'),
        fileChange(b, null, 'ours'),
        registryChange(key, 'n', null, sz('ours')),
      ],
      host,
    );
    await writeFile(b, 'theirs');
    host.registry.set(key, { n: sz('theirs') });
    await expect(undoLast(host)).rejects.toMatchObject({
      code: 'undo-refused',
      message: `changed by somebody else since: ${b}, ${key}\\n`,
    });
    expect(await readFile(a, 'utf8')).toBe('ours');
    expect(await listApplied(host)).toHaveLength(1);
  });

  test('what somebody took back already is no obstacle', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    await applyPlan([fileChange(a, null, 'x'), fileChange(b, null, 'x')], host);
    await rm(a);
    expect(await undoLast(host)).toEqual([b]);
  });

  test('leaves alone what is changed while it is at work', async () => {
    const host = await testHost();
    const [a, b] = [join(host.root, 'a'), join(host.root, 'b')];
    await writeFile(a, 'old');
    await writeFile(b, 'old');
    await applyPlan([fileChange(a, 'old', 'new'), fileChange(b, 'old', 'new')], host);
    await duringWriteOf(0, () => {
      writeFileSync(a, 'theirs');
    });
    await expect(undoLast(host)).rejects.toMatchObject({
      code: 'undo-overtaken',
      details: { leftAlone: [a] },
    });
    expect(await readFile(a, 'utf8')).toBe('theirs');
    expect(await readFile(b, 'utf8')).toBe('old');
  });

  test('goes back one plan at a time, at most five', async () => {
    const host = await testHost();
    const path = join(host.root, 'a');
    await writeFile(path, '0');
    for (let i = 1; i <= 7; i++) {
      await applyPlan([fileChange(path, String(i - 1), String(i), { title: `plan ${i}` })], host);
    }
    const list = await listApplied(host);
    expect(list.map(({ number }) => number)).toEqual([7, 6, 5, 4, 3]);
    expect(list[0]?.changes).toEqual([{ title: 'plan 7', subject: path }]);
    expect(list[0]?.when).toBeInstanceOf(Date);
    host.registry.failing = new Error('refused');
    await expect(
      applyPlan([registryChange(`${HKCU}\\K`, 'n', null, sz('x'))], host),
    ).rejects.toMatchObject({ code: 'plan-taken-back' });
    expect(await listApplied(host)).toHaveLength(5);
    for (let i = 6; i >= 2; i--) {
      await undoLast(host);
      expect(await readFile(path, 'utf8')).toBe(String(i));
    }
    await expect(undoLast(host)).rejects.toMatchObject({ code: 'nothing-to-undo' });
  });

  test('listing makes no folder', async () => {
    const host = await testHost();
    expect(await listApplied(host)).toEqual([]);
    expect(await readdir(host.root)).toEqual([]);
  });

  test('the record of secrets is private', async () => {
    const host = await testHost();
    const key = join(host.paths.keys, 'k');
    const secret = { secret: true, foreign: false };
    await applyPlan([fileChange(key, null, 'one', secret)], host);
    await applyPlan([fileChange(key, 'one', 'two', secret)], host);
    expect((await stat(host.paths.history)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(host.paths.history)) {
      expect((await stat(join(host.paths.history, name))).mode & 0o777).toBe(0o600);
    }
    await undoLast(host);
    expect(await readFile(key, 'utf8')).toBe('one');
  });

  test.each<[string, RegExp | string, string]>([
    ['nothing', /[^]*/, ''],
    ['of another version', '"version":1', '"version":2'],
    ['no object', /[^]*/, 'null'],
    ['in a state that is none', '"applied"', '"apply"'],
    ['without folders', '"madeDirectories"', '"made"'],
    ['with a folder that is none', '"madeDirectories":[', '"madeDirectories":[1'],
    ['with a registry key that is none', '"madeKeys":[', '"madeKeys":[1'],
    ['without changes', '"changes"', '"change"'],
    ['with a change of nothing', '"changes":[', '"changes":[null,'],
    ['with a change of no kind', '"kind":"file"', '"kind":"folder"'],
    ['with a file of no name', '"path"', '"place"'],
    ['with bytes that are none', '"before":"b2xk"', '"before":"b2x!"'],
    ['with a value of no key', '"key"', '"place"'],
    ['with a value of another type', '"type":"sz"', '"type":"qword"'],
    ['with a name that leads elsewhere', /"tag":"\w+"/, '"tag":"/../x"'],
  ])(
    'a record that is %s is told, by recover too, and nothing is touched',
    async (_, old, damaged) => {
      const host = await testHost();
      await writeFile(join(host.root, 'a'), 'old');
      const value = registryChange(`${HKCU}\\K`, 'n', null, sz('x'));
      await applyPlan([fileChange(join(host.root, 'a'), 'old', 'x'), value], host);
      const record = join(host.paths.history, '000001.json');
      const text = (await readFile(record, 'utf8')).replace(old, damaged);
      await writeFile(record, text);
      const before = await everything(host);
      for (const use of [undoLast, recover, listApplied]) {
        await expect(use(host)).rejects.toMatchObject({ code: 'history-not-understood' });
      }
      const plan = [fileChange(join(host.root, 'b'), null, 'x')];
      await expect(applyPlan(plan, host)).rejects.toMatchObject({ code: 'history-not-understood' });
      expect(await everything(host)).toEqual(before);
      // What the hint says.
      await rename(record, join(host.root, 'bai', 'record'));
      await applyPlan(plan, host);
    },
  );
});

test('apply, then undo, is the identity for any plan', async () => {
  const host = await testHost();
  const file = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: null });
  const value: fc.Arbitrary<RegistryValue | null> = fc.oneof(
    fc.constant(null),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map(sz),
    fc.nat(0xffffffff).map(dword),
  );
  const names = fc.constantFrom('a', 'd/b', 'd/e/c');
  const plan = fc.record({
    files: fc.dictionary(names, fc.tuple(file, file)),
    values: fc.dictionary(fc.constantFrom('x', 'y', '한글 "q"\\'), fc.tuple(value, value)),
  });
  const key = `${HKCU}\\K\\한글 [1]`;
  await fc.assert(
    fc.asyncProperty(plan, async ({ files, values }) => {
      await rm(host.root, { recursive: true, force: true });
      host.registry.keys.clear();
      host.registry.set(`${HKCU}\\K`, { stays: dword(1) });
      const changes = [];
      for (const [name, [before, after]] of Object.entries(files)) {
        const path = join(host.root, name);
        const bytes = { before: before && Buffer.from(before), after: after && Buffer.from(after) };
        changes.push({ ...fileChange(path, null, null), ...bytes });
        if (before === null) continue;
        await mkdir(join(path, '..'), { recursive: true });
        await writeFile(path, before);
      }
      for (const [name, [before, after]] of Object.entries(values)) {
        if (before !== null) host.registry.set(key, { [name]: before });
        changes.push(registryChange(key, name, before, after));
      }
      await mkdir(host.root, { recursive: true });
      const old = await everything(host);
      const applied = await applyPlan(changes, host);
      for (const change of applied) {
        if (change.kind === 'file' && change.after !== null) {
          expect(await readFile(change.path)).toEqual(change.after);
        }
      }
      if (applied.length > 0) await undoLast(host);
      const now = await everything(host);
      expect(now.files).toEqual(old.files);
      const sorted = (keys: typeof now.keys) =>
        keys.map(([name, list]) => [name, list.map((one) => JSON.stringify(one)).sort()]);
      expect(sorted(now.keys)).toEqual(sorted(old.keys));
    }),
    { numRuns: 30 },
  );
});
