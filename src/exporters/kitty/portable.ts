import path from 'node:path';
import type { Snapshot } from '../../changes/snapshot.js';
import { fileChanges } from '../files.js';
import { escapeRegistryName, unescapeName } from '../putty/escape.js';
import { fileSessions } from '../putty/file-sessions.js';
import type { FileDialect } from '../putty/file-sessions.js';
import { entryName } from '../putty/host-key-cache.js';
import type { HostKeyCache } from '../putty/host-key-cache.js';
import { hostKeyIds } from '../putty/host-key.js';
import type { SessionStore } from '../putty/session-store.js';

/** A name or text in KiTTY's files: PuTTY's escapes, and what Windows has no place for in file names. */
function escapePortable(text: string): string {
  return escapeRegistryName(text).replace(
    /[:/"<>|]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const withoutExtension = (file: string, extension: string): string =>
  extension !== '' && file.endsWith(extension) ? file.slice(0, -extension.length) : file;

/** Sessions of a portable KiTTY: files of `Name\value\` lines. */
export function portableSessions(
  directory: string,
  now: Snapshot,
  extension: string,
): SessionStore {
  const dialect: FileDialect = {
    paths: path.win32,
    fileName: (session) => escapePortable(session) + extension,
    sessionName: (file) => unescapeName(withoutExtension(file, extension)),
    separator: '\\',
    terminator: '\\',
    encodeText: escapePortable,
    decodeText: unescapeName,
  };
  return fileSessions(directory, now, dialect);
}

/** Host keys of a portable KiTTY: a file each, whose content is the value. */
export function portableHostKeys(
  directory: string,
  now: Snapshot,
  extension: string,
): HostKeyCache {
  const set = (name: string, value: string | null, title: string) => {
    const file = path.win32.join(directory, escapePortable(name) + extension);
    const after = value === null ? null : Buffer.from(value);
    return fileChanges({ stage: 'host-key', title, path: file }, now.file(file), after);
  };
  return {
    put: (host, key, title) =>
      hostKeyIds.flatMap((id) => set(entryName(id, host), id === key.id ? key.value : null, title)),
    remove: (host, title) => hostKeyIds.flatMap((id) => set(entryName(id, host), null, title)),
    names: () =>
      (now.directory(directory) ?? []).map((file) =>
        unescapeName(withoutExtension(file, extension)),
      ),
  };
}
