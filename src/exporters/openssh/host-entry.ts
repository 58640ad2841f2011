import { BaiError } from '../../errors.js';
import { hostKeyType } from '../host-key-line.js';
import { commandLine } from '../command-line.js';
import type { Machine } from '../exporter.js';
import { splitLines } from '../lines.js';
import { firstFreeName, isMadeOf, plainName } from '../names.js';
import type { Site } from '../site.js';
import { isCondition } from './config-block.js';

/** The first line of our own config file, and the same as an editor may have left it. */
const header = '# Written by bai-win, which replaces what is changed here.\n';
const headerLine =
  /^(?:\xef\xbb\xbf)?# Written by bai-win, which replaces what is changed here\.\r?\n/m;

const markOf = (id: string): string => `# bai-win:${id}`;

/** What one part of our own file says: an entry of a site, or, without `id`, something of the user's. */
interface Part {
  readonly id: string | null;
  alias: string;
  text: string;
}

/** Blank lines and comments at the end of a part: they belong to what comes behind it. */
const lastComments = /(?:^[ \t]*(?:#.*)?\r?\n)*(?![^])/m;

/**
 * The parts of our own file, without its header. Each entry begins with its mark, and ends before the
 * next, or before a Host or Match line that is not its own.
 */
function partsIn(text: string): Part[] {
  let last: Part = { id: null, alias: '', text: '' };
  const parts = [last];
  const begin = (id: string | null, first: string): void => {
    last = { id, alias: '', text: first };
    parts.push(last);
  };
  for (const line of splitLines(text.replace(headerLine, ''))) {
    const id = /^# bai-win:(\S+)\s*$/.exec(line)?.[1];
    if (id !== undefined) {
      begin(id, line);
      continue;
    }
    if (last.alias !== '' && isCondition(line)) {
      const comments = lastComments.exec(last.text)?.[0] ?? '';
      last.text = last.text.slice(0, last.text.length - comments.length);
      begin(null, comments);
    }
    last.text += line;
    last.alias ||= /^Host (\S+)/.exec(line)?.[1] ?? '';
  }
  return parts;
}

/**
 * For our own file, before it is written.
 *
 * @param text bytes as latin1 characters
 * @throws BaiError `ssh-config-not-ours` where it holds something that bai-win has not written
 */
export function refuseForeign(text: string, path: string): void {
  if (text.trim() === '' || headerLine.test(text)) return;
  if (partsIn(text).some(({ id }) => id !== null)) return;
  throw new BaiError(
    'ssh-config-not-ours',
    `${path} holds something that bai-win has not written there`,
    'give that file another name, and run the command again',
  );
}

/**
 * The name to type after `ssh`: `demo.bai`. ASCII without blanks or pattern characters; numbered
 * where the user, or another site, has that name already.
 */
export function aliasOf(site: Site, ownText: string, userHosts: ReadonlySet<string>): string {
  const entries = partsIn(ownText);
  const others = entries.filter(({ id }) => id !== site.id).map(({ alias }) => alias);
  const taken = [...userHosts, ...others].map((host) => host.toLowerCase());
  const current = entries.find(({ id }) => id === site.id)?.alias;
  const isFormer =
    site.formerName !== undefined &&
    isMadeOf(bareAlias(current ?? ''), aliasBase({ ...site, name: site.formerName }), '-');
  if (current && !taken.includes(current.toLowerCase()) && !isFormer) return current;
  return `${firstFreeName(aliasBase(site), '-', taken.map(bareAlias))}.bai`;
}

/** What an alias begins with, before it is numbered; without characters that ssh takes for patterns. */
export function aliasBase(site: Site): string {
  return plainName(site.name, /[^A-Za-z0-9_.-]+/g)?.replace(/^[_.]+/, '') || site.id;
}

/** An alias without its ending. */
export const bareAlias = (alias: string): string => alias.replace(/\.bai$/, '');

/** An argument in ssh_config: quoted, `%` doubled since it begins a token, slashes on Windows. */
export function configPath(path: string, machine: Machine): string {
  const slashed = machine.platform === 'win32' ? path.replaceAll('\\', '/') : path;
  return `"${slashed.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`;
}

/** The signature algorithms that go with a host key: RSA keys sign with SHA-2 (RFC 8332). */
function hostKeyAlgorithms(type: string): string {
  return type === 'ssh-rsa' ? 'rsa-sha2-256,rsa-sha2-512' : type;
}

/** An entry, in UTF-8 as paths need it, its bytes as latin1 characters. */
function render(site: Site, alias: string, knownHosts: string, machine: Machine): string {
  const options = [
    `HostName ${site.host}`,
    `Port ${site.port}`,
    `User ${site.user}`,
    `IdentityFile ${configPath(site.keyPath, machine)}`,
    'IdentitiesOnly yes',
    `HostKeyAlias ${site.id}`,
    `HostKeyAlgorithms ${hostKeyAlgorithms(hostKeyType(site.hostKeyBlob))}`,
    `UserKnownHostsFile ${configPath(knownHosts, machine)}`,
    // The key is known beforehand: a question would always mean that something is wrong.
    'StrictHostKeyChecking yes',
    'UpdateHostKeys no',
  ];
  if (site.proxyCommand) {
    const argv =
      machine.platform === 'win32'
        ? site.proxyCommand.map((argument) => argument.replaceAll('\\', '/'))
        : site.proxyCommand;
    options.push(`ProxyCommand ${commandLine(argv, machine).replaceAll('%', '%%')}`);
  }
  const entry = [markOf(site.id), `Host ${alias}`, ...options.map((o) => `  ${o}`), ''].join('\n');
  return Buffer.from(entry).toString('latin1');
}

/**
 * Our own config file with the entry of a site; those of other sites stay, and so does what the user has
 * put there. Texts are bytes as latin1 characters.
 */
export function withEntry(
  text: string,
  site: Site,
  alias: string,
  knownHosts: string,
  machine: Machine,
): string {
  const entry = render(site, alias, knownHosts, machine);
  const parts = partsIn(text);
  if (parts.some(({ id }) => id === site.id)) {
    return header + parts.map(({ id, text: old }) => (id === site.id ? entry : old)).join('');
  }
  const others = parts.map(({ text: old }) => old).join('');
  return header + others + (/[^\n]$/.test(others) ? '\n' : '') + entry;
}

/** Our own config file without the entry of a site; `null` once there is none left, nor anything else. */
export function withoutEntry(text: string, site: Site): string | null {
  const parts = partsIn(text);
  const others = parts.filter(({ id }) => id !== site.id);
  if (others.length === parts.length) return text;
  const rest = others.map(({ text: kept }) => kept).join('');
  return rest.trim() === '' ? null : header + rest;
}
