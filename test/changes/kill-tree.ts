import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Stage } from '../../src/changes/change.js';
import { appPaths, type AppPaths } from '../../src/platform/app-paths.js';

/** What the process that is killed says after each change. */
export const PROGRESS = 'changed';

/** A file of the tree: somebody's own bytes, with our part in the middle. */
interface KillFile {
  readonly name: string;
  readonly path: string;
  readonly stage: Stage;
  readonly head: string;
  readonly tail: string;
}

/** The settings of a person with many entries of their own, and our keys and folders, below `root`. */
export function killTree(root: string): { paths: AppPaths; files: [KillFile, ...KillFile[]] } {
  const paths = appPaths('linux', { BAI_WIN_HOME: join(root, 'bai') }, root);
  const file = (name: string, stage: Stage, head: string, tail: string): KillFile => ({
    name,
    path: stage === 'key-file' ? join(paths.keys, name) : join(root, name),
    stage,
    head,
    tail,
  });
  const sites = lines(
    200,
    (i) => `\t\t<Server><Host>h${i}</Host><Name>김 ${i} &amp;</Name></Server>`,
  );
  const hosts = lines(100, (i) => `rsa2@22:host${i} 0x10001,0x${hash(i)}`);
  return {
    paths,
    files: [
      file('demo.pem', 'key-file', '-----BEGIN RSA PRIVATE KEY-----\n', '-----END\n'),
      file('demo.ppk', 'key-file', 'PuTTY-User-Key-File-2: ssh-rsa\n', 'Private-MAC: 0\n'),
      file('.putty/sshhostkeys', 'host-key', hosts, hosts),
      file('.config/filezilla/sitemanager.xml', 'entry', `<FileZilla3>\n${sites}`, '</FileZilla3>'),
      file('.putty/sessions/bai-demo', 'entry', 'HostName=127.0.0.1\n', 'Font=D2Coding'),
      file(
        '.ssh/config',
        'entry',
        'Host *\r\n\tUser me\r\n',
        lines(50, (i) => `Host h${i}`),
      ),
    ],
  };
}

/** What a file holds in one version. Version 0 is before us: all theirs. */
export function contentOf(file: KillFile, version: number): Buffer | null {
  if (version === 0 && file.stage === 'key-file') return null;
  const ours = version === 0 ? '' : `bai-win ${version} ${hash(version)}\n`;
  return Buffer.from(file.head + ours + file.tail);
}

/** The version that a file is in; throws where it is in none, so where a byte is lost. */
export function versionOf(file: KillFile, content: Buffer | null): number {
  const version = Number(/^bai-win (\d+) /m.exec(content?.toString() ?? '')?.[1] ?? 0);
  const expected = contentOf(file, version);
  const same =
    content === null || expected === null ? content === expected : content.equals(expected);
  if (!same) throw new Error(`${file.name} is neither old nor new`);
  return version;
}

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');
}

function hash(seed: number): string {
  return createHash('sha512').update(String(seed)).digest('hex');
}
