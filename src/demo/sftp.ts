import { readSync, writeSync } from 'node:fs';
import { mkdir, open, rename, rmdir, unlink, type FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import type { Attributes, FileEntry, SFTPWrapper } from 'ssh2';
import {
  attributesOf,
  creatable,
  existing,
  exists,
  flag,
  list,
  openable,
  openFlags,
  Refusal,
  setAttributes,
  setFileAttributes,
  status,
  toRefusal,
} from './files.js';
import { normalize } from './home.js';
import { folderAttributes, toAttributes } from './listing.js';

/** The largest answer that clients must take is 34000 bytes; OpenSSH, PuTTY and FileZilla take this. */
const maxRead = 255 * 1024;

/** Answers wait while this much of them is queued on the socket. */
const maxQueued = 4 * 1024 * 1024;

/** Names in one answer to READDIR, as many as OpenSSH's sftp-server sends. */
const namesPerAnswer = 100;

type Handle =
  | { readonly kind: 'file'; readonly file: FileHandle; readonly append: boolean }
  | { readonly kind: 'folder'; readonly rest: FileEntry[] };

/**
 * Serves SFTP version 3 over a scratch folder. Requests are worked through one by one, in their
 * order, as OpenSSH's sftp-server does.
 * @param home the folder that is `/home/work`
 * @param report told of each operation on a path, e.g. `OPENDIR /home/work`
 */
export function serveSftp(
  sftp: SFTPWrapper,
  socket: Socket,
  home: string,
  report: (operation: string) => void,
): void {
  const handles = new Map<number, Handle>();
  let nextHandle = 0;
  let queue = Promise.resolve();
  // Content is read and written synchronously: for the few KiB of a request that is many times
  // cheaper than a hop to another thread. `sftp.data` copies what it is given.
  const readBuffer = Buffer.allocUnsafe(maxRead);

  /** Puts a request at the end of the queue; what it throws becomes its status. */
  const answer = (requestId: number, work: () => Promise<void>): void => {
    queue = queue.then(async () => {
      try {
        if (socket.destroyed) return;
        await room(socket);
        await work();
      } catch (error) {
        const { code, message } = toRefusal(error);
        sftp.status(requestId, code, message);
      }
    });
  };
  const done = (requestId: number): void => {
    sftp.status(requestId, status.ok, '');
  };
  const give = (requestId: number, handle: Handle): void => {
    const id = Buffer.alloc(4);
    id.writeUInt32BE(nextHandle);
    handles.set(nextHandle++, handle);
    sftp.handle(requestId, id);
  };
  const taken = (id: Buffer): Handle => {
    const handle = id.length === 4 ? handles.get(id.readUInt32BE()) : undefined;
    if (handle === undefined) throw new Refusal(status.failure, 'Invalid handle');
    return handle;
  };
  const fileOf = (id: Buffer): FileHandle => {
    const handle = taken(id);
    if (handle.kind !== 'file') throw new Refusal(status.failure, 'Not a file');
    return handle.file;
  };

  sftp.on('REALPATH', (requestId, path) => {
    answer(requestId, () => {
      const filename = normalize(path);
      sftp.name(requestId, [{ filename, longname: filename, attrs: folderAttributes }]);
      return Promise.resolve();
    });
  });
  const stat = (requestId: number, path: string): void => {
    answer(requestId, async () => {
      report(`STAT ${normalize(path)}`);
      sftp.attrs(requestId, await attributesOf(home, path));
    });
  };
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('FSTAT', (requestId, id) => {
    answer(requestId, async () => {
      sftp.attrs(requestId, toAttributes(await fileOf(id).stat()));
    });
  });
  const setstat = (requestId: number, path: string, attributes: Partial<Attributes>): void => {
    answer(requestId, async () => {
      report(`SETSTAT ${normalize(path)}`);
      await setAttributes(await existing(home, path), attributes);
      done(requestId);
    });
  };
  sftp.on('SETSTAT', setstat);
  sftp.on('FSETSTAT', (requestId, id, attributes: Partial<Attributes>) => {
    answer(requestId, async () => {
      await setFileAttributes(fileOf(id), attributes);
      done(requestId);
    });
  });

  sftp.on('OPENDIR', (requestId, path) => {
    answer(requestId, async () => {
      report(`OPENDIR ${normalize(path)}`);
      give(requestId, { kind: 'folder', rest: await list(home, path) });
    });
  });
  sftp.on('READDIR', (requestId, id) => {
    answer(requestId, () => {
      const handle = taken(id);
      if (handle.kind !== 'folder') throw new Refusal(status.failure, 'Not a folder');
      const names = handle.rest.splice(0, namesPerAnswer);
      if (names.length === 0) throw new Refusal(status.endOfFile, 'End of file');
      sftp.name(requestId, names);
      return Promise.resolve();
    });
  });

  sftp.on('OPEN', (requestId, path, flags, attributes: Partial<Attributes>) => {
    answer(requestId, async () => {
      report(`OPEN ${normalize(path)}`);
      const mode = (attributes.mode ?? 0o644) & 0o777;
      const file = await open(await openable(home, path, flags), openFlags(flags), mode);
      if ((await file.stat()).isFile()) {
        give(requestId, { kind: 'file', file, append: (flags & flag.append) !== 0 });
        return;
      }
      await file.close();
      throw new Refusal(status.failure, 'Not a file');
    });
  });
  sftp.on('READ', (requestId, id, offset, length) => {
    answer(requestId, () => {
      const wanted = Math.min(length, maxRead);
      const count = readSync(fileOf(id).fd, readBuffer, 0, wanted, offset);
      if (count === 0) throw new Refusal(status.endOfFile, 'End of file');
      sftp.data(requestId, readBuffer.subarray(0, count));
      return Promise.resolve();
    });
  });
  sftp.on('WRITE', (requestId, id, offset, data) => {
    answer(requestId, () => {
      const { fd } = fileOf(id);
      const handle = taken(id);
      // The kernel appends whatever the position; Windows wants to be told none.
      const append = handle.kind === 'file' && handle.append;
      for (let sent = 0; sent < data.length;) {
        sent += writeSync(fd, data, sent, data.length - sent, append ? null : offset + sent);
      }
      done(requestId);
      return Promise.resolve();
    });
  });
  sftp.on('CLOSE', (requestId, id) => {
    answer(requestId, async () => {
      const handle = taken(id);
      handles.delete(id.readUInt32BE());
      if (handle.kind === 'file') await handle.file.close();
      done(requestId);
    });
  });

  /** Operations that change a path and answer with a status alone. */
  const change =
    (name: string, work: (hostPath: string) => Promise<void>) =>
    (requestId: number, path: string): void => {
      answer(requestId, async () => {
        report(`${name} ${normalize(path)}`);
        await work(await creatable(home, path));
        done(requestId);
      });
    };
  sftp.on(
    'MKDIR',
    change('MKDIR', (path) => mkdir(path, { mode: 0o755 })),
  );
  sftp.on('RMDIR', change('RMDIR', rmdir));
  sftp.on('REMOVE', change('REMOVE', unlink));
  sftp.on('RENAME', (requestId, from, to) => {
    answer(requestId, async () => {
      report(`RENAME ${normalize(from)} ${normalize(to)}`);
      const source = await existing(home, from);
      const target = await creatable(home, to);
      // Version 3 never overwrites (section 6.5).
      if (await exists(target)) throw new Refusal(status.failure, 'File exists');
      await rename(source, target);
      done(requestId);
    });
  });
  sftp.on('READLINK', (requestId) => {
    sftp.status(requestId, status.noSuchFile, 'Not a link');
  });
  sftp.on('SYMLINK', (requestId) => {
    sftp.status(requestId, status.unsupported, 'Links are not supported');
  });
  sftp.on('EXTENDED', (requestId: number) => {
    sftp.status(requestId, status.unsupported, 'Extension not supported');
  });

  const release = (): void => {
    queue = queue.then(async () => {
      for (const handle of handles.values()) {
        if (handle.kind === 'file') await handle.file.close().catch(() => undefined);
      }
      handles.clear();
    });
  };
  sftp.on('end', () => {
    // After the last answer, as the server process would end.
    queue = queue.then(() => {
      sftp.end();
    });
  });
  sftp.on('error', () => {
    socket.destroy();
  });
  socket.once('close', release);
}

/** Waits until the socket has taken most of what was written. */
async function room(socket: Socket): Promise<void> {
  if (socket.writableLength < maxQueued) return;
  await new Promise<void>((resolve) => {
    const go = (): void => {
      socket.off('drain', go).off('close', go);
      resolve();
    };
    socket.on('drain', go).on('close', go);
  });
}
