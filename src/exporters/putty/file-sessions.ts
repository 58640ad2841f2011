import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import { fileChanges } from '../files.js';
import { appendLines, lineContent, splitLines } from '../lines.js';
import { escapeFileName, unescapeName } from './escape.js';
import { defaultSettings, notInherited } from './session-store.js';
import type { SessionStore, SessionValues } from './session-store.js';

const nameOf = (line: string): string => line.slice(0, Math.max(0, line.indexOf('=')));

/** A value as it stands after the `=`: UTF-8, held as latin1 characters like the rest of the file. */
const encode = (value: string | number): string =>
  Buffer.from(String(value).replace(/[\r\n]+/g, ' '), 'utf8').toString('latin1');

/** Gives the first line of each name its new value; names that are missing go to the end. */
function setValues(text: string, values: SessionValues): string {
  const missing = new Map(Object.entries(values));
  const lines = splitLines(text).map((line) => {
    const name = nameOf(line);
    const value = missing.get(name);
    if (value === undefined) return line;
    missing.delete(name);
    return `${name}=${encode(value)}${line.slice(lineContent(line).length)}`;
  });
  const added = [...missing].map(([name, value]) => `${name}=${encode(value)}`);
  return appendLines(lines.join(''), added);
}

/** Sessions as PuTTY keeps them off Windows: a file each, of `Name=value` lines. */
export function fileSessions(directory: string, now: Snapshot): SessionStore {
  const files = new Map(
    (now.directory(directory) ?? []).map((stored) => [unescapeName(stored), stored]),
  );
  const fileOf = (session: string): string =>
    path.posix.join(directory, files.get(session) ?? escapeFileName(session));
  const textOf = (session: string): string =>
    (files.has(session) ? now.file(fileOf(session)) : null)?.toString('latin1') ?? '';

  const write = (session: string, text: string | null, title: string) => {
    const before = files.has(session) ? now.file(fileOf(session)) : null;
    const after = text === null ? null : Buffer.from(text, 'latin1');
    return fileChanges({ stage: 'entry', title, path: fileOf(session) }, before, after);
  };

  return {
    names: () => [...files.keys()],
    get(session, value) {
      const line = splitLines(textOf(session)).find((candidate) => nameOf(candidate) === value);
      if (line === undefined) return null;
      const raw = lineContent(line).slice(value.length + 1);
      return Buffer.from(raw, 'latin1').toString('utf8');
    },
    create(session, values, title) {
      const look = splitLines(textOf(defaultSettings)).filter(
        (line) => !notInherited.has(nameOf(line)),
      );
      return write(session, setValues(look.join(''), values), title);
    },
    update: (session, values, title) => write(session, setValues(textOf(session), values), title),
    remove: (session, title) => write(session, null, title),
  };
}
