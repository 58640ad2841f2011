import { appendFileSync, chmodSync, renameSync, statSync } from 'node:fs';

/** Where the file starts anew; one older file is kept beside it. */
const MAX_BYTES = 1024 * 1024;

/** Name of the older file. */
export function olderLog(path: string): string {
  return `${path}.1`;
}

/**
 * A log for the owner alone that never grows beyond twice 1 MiB. Lines are written at once, so that
 * the last ones are there when the process is killed; a full disk costs the log and nothing else.
 *
 * @param path in a private folder
 */
export function openLog(path: string): (line: string) => void {
  let size = sizeOf(path);
  return (line) => {
    const text = `${new Date().toISOString()} ${line.replaceAll('\n', ' ')}\n`;
    try {
      if (size > MAX_BYTES && movedAside(path)) size = 0;
      appendFileSync(path, text, { mode: 0o600 });
      if (size === 0) chmodSync(path, 0o600);
      size += Buffer.byteLength(text);
    } catch {
      // Tunnels matter more than their log.
    }
  };
}

/** Windows lets nobody take the place of a file that is being read: then this one grows a little longer. */
function movedAside(path: string): boolean {
  try {
    renameSync(path, olderLog(path));
    return true;
  } catch {
    return false;
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
