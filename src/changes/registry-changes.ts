import { BaiError } from '../errors.js';
import { CaseMap, foldCase } from '../platform/case-map.js';
import {
  formatRegFile,
  parseRegFile,
  type RegData,
  type RegEdit,
  type RegTree,
} from '../platform/reg-file.js';
import type { Registry } from '../platform/registry.js';
import type { Change, RegistryChange } from './change.js';
import { sameState, subjectOf } from './merge.js';
import { overtaken } from './overtaken.js';

/** Registry keys as they are now, as exported and understood; missing keys are missing. */
export interface RegistryState {
  readonly exports: ReadonlyMap<string, Buffer>;
  readonly trees: ReadonlyMap<string, RegTree>;
}

/**
 * Reads the keys that changes touch.
 * @throws BaiError where one cannot be read
 */
export async function readRegistry(
  changes: readonly RegistryChange[],
  registry: Registry | null,
): Promise<RegistryState> {
  const keys = new CaseMap<true>();
  for (const change of changes) keys.set(change.key, true);
  const exports = new CaseMap<Buffer>();
  const trees = new CaseMap<RegTree>();
  await Promise.all(
    [...keys.keys()].map(async (key) => {
      const exported = registry === null ? null : await registry.exportKey(key);
      if (exported === null) return;
      exports.set(key, exported);
      trees.set(key, parseRegFile(exported));
    }),
  );
  return { exports, trees };
}

/** The data of the value that a change is of; `null` where there is none. */
export function registryData(change: RegistryChange, state: RegistryState): RegData | null {
  return state.trees.get(change.key)?.get(change.key)?.get(change.name) ?? null;
}

/**
 * Writes the after of each change in one go and reads it back: `reg.exe` skips what it does not
 * understand without a word.
 * @throws BaiError `plan-overtaken` where a value is not as before; where one did not become what it should
 */
export async function writeRegistry(
  changes: readonly RegistryChange[],
  registry: Registry | null,
): Promise<void> {
  if (registry === null) throw new Error('registry changes on a machine without a registry');
  const now = await readRegistry(changes, registry);
  // Time has passed since the plan was checked: other changes came first.
  for (const change of changes) {
    if (!sameState(registryData(change, now), change.before)) throw overtaken(subjectOf(change));
  }
  await registry.importFile(formatRegFile(registryEdits(changes, now)));
  const written = await readRegistry(changes, registry);
  const wrong = changes.filter((change) => !sameState(registryData(change, written), change.after));
  if (wrong.length === 0) return;
  throw new BaiError(
    'registry-not-changed',
    `reg.exe reported success, but these values are not as written: ${wrong.map(subjectOf).join(', ')}`,
    'see whether another program changes them at the same time, then run the command again',
  );
}

/** Deletes a key as a whole where nothing would be left in it: clients list empty keys too. */
function registryEdits(changes: readonly RegistryChange[], state: RegistryState): RegEdit[] {
  const left = new CaseMap<number>();
  for (const [key, tree] of state.trees) {
    left.set(key, (tree.get(key)?.size ?? 0) + tree.size - 1);
  }
  for (const change of changes) {
    const existed = registryData(change, state) === null ? 0 : 1;
    const exists = change.after === null ? 0 : 1;
    left.set(change.key, (left.get(change.key) ?? 0) + exists - existed);
  }
  const deleted = new CaseMap<true>();
  return changes.flatMap((change): RegEdit[] => {
    const { key, name, after, keepKey = false } = change;
    if (after !== null) return [{ kind: 'set', key, name, value: after }];
    if (left.get(key) !== 0 || keepKey) return [{ kind: 'delete-value', key, name }];
    if (deleted.has(key)) return [];
    deleted.set(key, true);
    return [{ kind: 'delete-key', key }];
  });
}

/**
 * The keys above those of some changes that writing them would make, outermost first. The system's own
 * are not looked for: they are there, and an export of `HKEY_CURRENT_USER\Software` takes seconds.
 * @param state of the keys that the changes are of
 */
export async function missingKeys(
  changes: readonly Change[],
  state: RegistryState,
  registry: Registry | null,
): Promise<string[]> {
  const missing = new CaseMap<boolean>();
  for (const change of changes) {
    if (change.kind !== 'registry' || change.after === null || change.keepKey === true) continue;
    if (registry === null || state.trees.has(change.key)) continue;
    for (const key of keysAbove(change.key)) {
      // One that cannot be read is there.
      const isMissing =
        missing.get(key) ?? (await registry.exportKey(key).catch(() => '')) === null;
      missing.set(key, isMissing);
      if (!isMissing) break;
    }
  }
  return [...missing].flatMap(([key, isMissing]) => (isMissing ? [key] : [])).sort();
}

/** The parents of a key below `HKEY_CURRENT_USER\Software`, innermost first. */
function keysAbove(key: string): string[] {
  const parts = key.split('\\');
  return parts
    .flatMap((_, index) => (index > 2 ? [parts.slice(0, index).join('\\')] : []))
    .reverse();
}

/**
 * Deletes the keys that hold neither a value nor another key, innermost first; the others stay, and so do
 * those that cannot be read or deleted: as with folders, that is no reason to fail.
 */
export async function removeEmptyKeys(
  outermostFirst: readonly string[],
  registry: Registry | null,
): Promise<void> {
  if (registry === null || outermostFirst.length === 0) return;
  const empty = new CaseMap<true>();
  for (const key of outermostFirst.toReversed()) {
    const tree = await readTree(key, registry).catch(() => null);
    if (tree === null) continue;
    const others = [...tree.keys()].filter((other) => foldCase(other) !== foldCase(key));
    if (tree.get(key)?.size === 0 && others.every((other) => empty.has(other))) {
      empty.set(key, true);
    }
  }
  if (empty.size === 0) return;
  const edits = [...empty.keys()].map((key) => ({ kind: 'delete-key', key }) as const);
  await registry.importFile(formatRegFile(edits)).catch(() => undefined);
}

/** @returns `null` where there is no such key */
async function readTree(key: string, registry: Registry): Promise<RegTree | null> {
  const exported = await registry.exportKey(key);
  return exported === null ? null : parseRegFile(exported);
}
