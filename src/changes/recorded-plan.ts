import type { RegistryChange, RegistryValue } from './change.js';

/** A file change as history remembers it: the old bytes to restore, the new ones only to recognise. */
interface RecordedFile {
  readonly kind: 'file';
  readonly title: string;
  readonly path: string;
  readonly secret: boolean;
  readonly before: Buffer | null;
  /** See `FileChange`. */
  readonly remnant?: Buffer | undefined;
  /** Mode of the file before; absent where there was none. */
  readonly mode?: number | undefined;
  /** SHA-256 of the new bytes, hexadecimal; `null` where the file was removed. */
  readonly afterHash: string | null;
}

export type RecordedChange = RecordedFile | RegistryChange;

/**
 * - `applying`: written before the first change; a plan found so was interrupted
 * - `applied`: all changes were made; can be taken back
 * - `undoing`: being taken back
 */
const PLAN_STATES = ['applying', 'applied', 'undoing'] as const;

/** One plan that was, is being or will be applied. */
export interface RecordedPlan {
  readonly number: number;
  /**
   * Of the names of its temporary files. Random: another bai-win with folders of its own may write beside
   * the same files at the same time.
   */
  readonly tag: string;
  readonly state: (typeof PLAN_STATES)[number];
  readonly changes: readonly RecordedChange[];
  /** Folders of other programs that were missing and are made by the plan, outermost first. */
  readonly madeDirectories: readonly string[];
  /** The same of registry keys above those that its changes are of. */
  readonly madeKeys: readonly string[];
}

/** Counts up when the form of the stored plans changes. */
const VERSION = 1;

/** A plan as JSON: bytes in base64. */
export function encodePlan(plan: RecordedPlan): Buffer {
  const changes = plan.changes.map((change) =>
    change.kind === 'file'
      ? {
          ...change,
          before: change.before?.toString('base64') ?? null,
          remnant: change.remnant?.toString('base64'),
        }
      : change,
  );
  return Buffer.from(`${JSON.stringify({ version: VERSION, ...plan, changes })}\n`);
}

/**
 * Reads what `encodePlan` wrote. Nothing is taken on trust: what it says is written over files.
 * @param number of the plan, by the name of its file
 * @throws Error that says what is wrong
 */
export function decodePlan(text: string, number: number): RecordedPlan {
  const stored: unknown = JSON.parse(text);
  if (!isObject(stored)) throw new Error('it is no object');
  const { version, state, changes, madeDirectories } = stored;
  // Earlier versions named temporary files by the number, and took no note of keys.
  const { tag = String(number), madeKeys = [] } = stored;
  if (version !== VERSION) throw new Error(`version ${String(version)}`);
  const known = PLAN_STATES.find((one) => one === state);
  if (known === undefined) throw new Error(`state ${String(state)}`);
  if (!isText(tag) || !/^\w+$/.test(tag)) throw new Error('the tag of its files is damaged');
  if (!Array.isArray(changes)) throw new Error('it has no list of changes');
  if (!Array.isArray(madeDirectories) || !madeDirectories.every(isText)) {
    throw new Error('it has no list of folders');
  }
  if (!Array.isArray(madeKeys) || !madeKeys.every(isText)) {
    throw new Error('it has no list of registry keys');
  }
  const decoded = changes.map(decodeChange);
  return { number, tag, state: known, changes: decoded, madeDirectories, madeKeys };
}

function decodeChange(stored: unknown, index: number): RecordedChange {
  const change = isObject(stored) ? (decodeFile(stored) ?? decodeValue(stored)) : null;
  if (change === null) throw new Error(`change ${index + 1} is damaged`);
  return change;
}

type Fields = Readonly<Record<string, unknown>>;

function decodeFile(fields: Fields): RecordedFile | null {
  const { kind, title, path, secret, mode, afterHash } = fields;
  const before = fields['before'] === null ? null : decodeBytes(fields['before']);
  const remnant = fields['remnant'] === undefined ? undefined : decodeBytes(fields['remnant']);
  if (kind !== 'file' || !isText(title) || !isText(path) || typeof secret !== 'boolean')
    return null;
  if (before === undefined || (remnant === undefined && 'remnant' in fields)) return null;
  if (mode !== undefined && typeof mode !== 'number') return null;
  if (afterHash !== null && !isText(afterHash)) return null;
  return { kind, title, path, secret, before, remnant, mode, afterHash };
}

/** `undefined` where that is not base64. */
function decodeBytes(stored: unknown): Buffer | undefined {
  if (!isText(stored)) return undefined;
  const bytes = Buffer.from(stored, 'base64');
  return bytes.toString('base64') === stored ? bytes : undefined;
}

const STAGES = ['key-file', 'host-key', 'entry'] as const;

function decodeValue(fields: Fields): RegistryChange | null {
  const { kind, title, key, name, keepKey, before, after } = fields;
  const stage = STAGES.find((one) => one === fields['stage']);
  if (kind !== 'registry' || stage === undefined) return null;
  if (!isText(title) || !isText(key) || !isText(name)) return null;
  if (!isValue(before) || !isValue(after)) return null;
  return { kind, stage, title, key, name, before, after, keepKey: keepKey === true };
}

function isValue(value: unknown): value is RegistryValue | null {
  if (value === null) return true;
  if (!isObject(value)) return false;
  const { type, data } = value;
  if (type === 'dword') return typeof data === 'number';
  return (type === 'sz' || type === 'binary') && isText(data);
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): value is string => typeof value === 'string';
