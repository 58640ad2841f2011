import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import { fileChanges } from '../files.js';
import { appendLines, lineContent, removeLines, splitLines } from '../lines.js';
import { escapeFileName, unescapeName } from './escape.js';
import { defaultSettings, notInherited } from './session-store.js';
import type { SessionStore, SessionUpdate } from './session-store.js';

/** How a client of the family writes a session into a file of lines, one a value. */
export interface FileDialect {
  readonly paths: path.PlatformPath;
  readonly fileName: (session: string) => string;
  readonly sessionName: (file: string) => string;
  /** What stands between the name of a value and its text. */
  readonly separator: string;
  /** What stands behind the text. */
  readonly terminator: string;
  readonly encodeText: (text: string) => string;
  readonly decodeText: (text: string) => string;
}

/** PuTTY off Windows: `Name=value`, nothing escaped, so that a line end cannot be part of a value. */
const puttyDialect: FileDialect = {
  paths: path.posix,
  fileName: escapeFileName,
  sessionName: unescapeName,
  separator: '=',
  terminator: '',
  encodeText: (text) => text.replace(/[\r\n]+/g, ' '),
  decodeText: (text) => text,
};

/** Sessions as a file each, in one directory. Texts are UTF-8; lines that are not ours stay. */
export function fileSessions(
  directory: string,
  now: Snapshot,
  dialect: FileDialect = puttyDialect,
): SessionStore {
  const { separator, terminator } = dialect;
  const files = new Map(
    (now.directory(directory) ?? []).map((stored) => [dialect.sessionName(stored), stored]),
  );
  const fileOf = (session: string): string =>
    dialect.paths.join(directory, files.get(session) ?? dialect.fileName(session));
  const textOf = (session: string): string =>
    (files.has(session) ? now.file(fileOf(session)) : null)?.toString('latin1') ?? '';

  const nameOf = (line: string): string => line.slice(0, Math.max(0, line.indexOf(separator)));
  const render = (name: string, value: string | number): string => {
    const text = typeof value === 'number' ? String(value) : dialect.encodeText(value);
    return Buffer.from(name + separator + text + terminator).toString('latin1');
  };
  /** Gives the first line of each name its new value; names that are missing go to the end. */
  const setValues = (text: string, values: SessionUpdate): string => {
    const isGone = (line: string): boolean => values[nameOf(line)] === null;
    const missing = new Map<string, string | number>();
    for (const [name, value] of Object.entries(values))
      if (value !== null) missing.set(name, value);
    const lines = splitLines(removeLines(text, isGone)).map((line) => {
      const name = nameOf(line);
      const value = missing.get(name);
      if (value === undefined) return line;
      missing.delete(name);
      return render(name, value) + line.slice(lineContent(line).length);
    });
    return appendLines(
      lines.join(''),
      [...missing].map(([name, value]) => render(name, value)),
    );
  };

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
      const rest = lineContent(line).slice(value.length + separator.length);
      const raw =
        terminator !== '' && rest.endsWith(terminator) ? rest.slice(0, -terminator.length) : rest;
      return dialect.decodeText(Buffer.from(raw, 'latin1').toString('utf8'));
    },
    create(session, values, title) {
      const look = splitLines(textOf(defaultSettings)).filter(
        (line) => !notInherited.has(nameOf(line)),
      );
      return write(session, setValues(look.join(''), values), title);
    },
    update(session, next, values, title) {
      const text = setValues(textOf(session), values);
      const renamed =
        next === session ? [] : write(session, null, `${title}, which was "${session}"`);
      return [...write(next, text, title), ...renamed];
    },
    remove: (session, title) => write(session, null, title),
  };
}
