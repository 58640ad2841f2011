import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isRecord, jsonBody, ok, type ApiRequest, type Handler, type Route } from './api.js';
import { homePath, locate, normalize } from './home.js';
import { agentProblem, Problem, type Answer } from './problems.js';
import type { DownloadRule } from './releases.js';
import type { DemoSession } from './session.js';
import { tarOf } from './tar.js';
import { findSession, type World } from './world.js';

/** The files of a session's home. */
export const fileRoutes: readonly Route[] = [
  ['/session/*/download', byMethod(download, (world) => world.release.download)],
  ['/session/*/download_single', byMethod(downloadSingle, (world) => world.release.downloadSingle)],
  ['/session/*/files', { GET: listFiles }],
];

/** Files above this are refused; the size is that of the tar. */
const maxTar = 1024 * 1024;

/** Files in one `download`. */
const maxFiles = 5;

/** GET and POST handlers of which a release accepts one. */
function byMethod(handler: Handler, rule: (world: World) => DownloadRule): Record<string, Handler> {
  const handle: Handler = (world, request) => {
    const { method, otherMethod } = rule(world);
    if (request.method !== method) throw new Problem(otherMethod);
    return handler(world, request);
  };
  return { GET: handle, POST: handle };
}

async function download(world: World, request: ApiRequest): Promise<Answer> {
  const session = findSession(world, request.path[1] ?? '');
  const paths = parameter(world.release.download, request, 'files');
  if (paths.length > maxFiles) {
    throw new Problem('invalid-parameters', { msg: 'Too many files (maximum 5 files allowed)' });
  }
  const boundary = randomBytes(16).toString('hex');
  const parts: Buffer[] = [];
  for (const path of paths) {
    const tar = await packed(world, session, path);
    parts.push(
      Buffer.from(
        `--${boundary}\r\nContent-Type: application/octet-stream\r\n` +
          `Content-Encoding: identity\r\nContent-Length: ${String(tar.length)}\r\n\r\n`,
      ),
      tar,
      Buffer.from('\r\n'),
    );
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`));
  return {
    status: 200,
    headers: { 'Content-Type': `multipart/mixed; boundary=${boundary}` },
    body: Buffer.concat(parts),
  };
}

async function downloadSingle(world: World, request: ApiRequest): Promise<Answer> {
  const session = findSession(world, request.path[1] ?? '');
  const { singleAnswer, downloadSingle: rule } = world.release;
  const [path = ''] = parameter(rule, request, 'file');
  if (singleAnswer === 'broken') throw new Problem('internal-error');
  const tar = await packed(world, session, path);
  return {
    status: 200,
    headers: { 'Content-Type': 'application/octet-stream' },
    body: singleAnswer === 'tar' ? tar : contentOf(tar),
  };
}

/** The file names, from where the release looks for them. */
function parameter(rule: DownloadRule, request: ApiRequest, name: 'file' | 'files'): string[] {
  const usesBody =
    rule.parameters === 'body' || (rule.parameters === 'body-or-query' && request.body.length > 0);
  let value: unknown;
  if (usesBody) {
    const body: unknown = jsonBody(request);
    value = isRecord(body) ? body[name] : undefined;
  } else {
    value = request.query.getAll(name);
  }
  const names = (Array.isArray(value) ? value : [value]).filter(
    (item): item is string => typeof item === 'string' && item !== '',
  );
  if (names.length === 0) {
    throw new Problem('invalid-parameters', { data: { [name]: 'is required' } });
  }
  return names;
}

/** The tar that the agent makes of a file in the container. */
async function packed(world: World, session: DemoSession, path: string): Promise<Buffer> {
  const absolute = normalize(path);
  if (absolute !== homePath && !absolute.startsWith(`${homePath}/`)) {
    throw agentProblem("PermissionError('You cannot download files outside /home/work')");
  }
  if (session.status !== 'RUNNING') throw new Problem('internal-error');
  const place = await locate(session.home, absolute);
  const missing = agentProblem(`RuntimeError('${world.release.missingFile} to: ${absolute}')`);
  if (place.kind !== 'host') throw missing;
  const stats = await lstat(place.path).catch(() => null);
  if (stats === null || !stats.isFile()) throw missing;
  if (stats.size + 1024 > maxTar) {
    throw agentProblem("ValueError('Too large archive file exceeding 1 MiB')");
  }
  const content = await readFile(place.path);
  return tarOf(basename(absolute), content, Math.floor(stats.mtimeMs / 1000));
}

/** The content of the only file in a tar. */
function contentOf(tar: Buffer): Buffer {
  const size = Number.parseInt(tar.toString('latin1', 124, 135), 8);
  return tar.subarray(512, 512 + size);
}

async function listFiles(world: World, request: ApiRequest): Promise<Answer> {
  const session = findSession(world, request.path[1] ?? '');
  const fromBody = jsonBody(request)['path'];
  const path = request.query.get('path') ?? (typeof fromBody === 'string' ? fromBody : '.');
  const place = await locate(session.home, path);
  const isFolder =
    place.kind === 'host' &&
    session.status === 'RUNNING' &&
    (await lstat(place.path).catch(() => null))?.isDirectory() === true;
  if (!isFolder) throw agentProblem(`RuntimeError('no such folder: ${path}')`);
  const files = [];
  for (const filename of (await readdir(place.path)).sort()) {
    const { mode, size, ctimeMs, mtimeMs, atimeMs } = await lstat(join(place.path, filename));
    const [ctime, mtime, atime] = [ctimeMs / 1000, mtimeMs / 1000, atimeMs / 1000];
    files.push({ mode: mode.toString(8), size, ctime, mtime, atime, filename });
  }
  return ok({ files: JSON.stringify(files), errors: '', abspath: path });
}
