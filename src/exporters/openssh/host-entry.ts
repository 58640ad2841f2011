import { hostKeyType } from '../host-key-line.js';
import { commandLine } from '../command-line.js';
import type { Machine } from '../exporter.js';
import { splitLines } from '../lines.js';
import { firstFreeName, isMadeOf, plainName } from '../names.js';
import type { Site } from '../site.js';

/** The first lines of our own config file. */
const header = '# Written by bai-win, which replaces what is changed here.\n';

const markOf = (id: string): string => `# bai-win:${id}`;

/** The entries of our own file: each begins with its mark and ends before the next. */
function entriesIn(text: string): { id: string; alias: string; text: string }[] {
  const entries: { id: string; alias: string; text: string }[] = [];
  for (const line of splitLines(text)) {
    const id = /^# bai-win:(\S+)\s*$/.exec(line)?.[1];
    const last = entries.at(-1);
    if (id !== undefined) entries.push({ id, alias: '', text: line });
    else if (last) {
      last.text += line;
      last.alias ||= /^Host (\S+)/.exec(line)?.[1] ?? '';
    }
  }
  return entries;
}

/**
 * The name to type after `ssh`: `demo.bai`. ASCII without blanks or pattern characters; numbered
 * where the user, or another site, has that name already.
 */
export function aliasOf(site: Site, ownText: string, userHosts: ReadonlySet<string>): string {
  const entries = entriesIn(ownText);
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
 * Our own config file with the entry of a site; those of other sites stay. Texts are bytes as latin1
 * characters.
 */
export function withEntry(
  text: string,
  site: Site,
  alias: string,
  knownHosts: string,
  machine: Machine,
): string {
  const entry = render(site, alias, knownHosts, machine);
  const entries = entriesIn(text);
  const others = entries.map(({ id, text: old }) => (id === site.id ? entry : old));
  const isNew = entries.every(({ id }) => id !== site.id);
  return header + [...others, ...(isNew ? [entry] : [])].join('');
}

/** Our own config file without the entry of a site; `null` once there is none left. */
export function withoutEntry(text: string, site: Site): string | null {
  const entries = entriesIn(text);
  const others = entries.filter(({ id }) => id !== site.id);
  if (others.length === entries.length) return text;
  return others.length === 0 ? null : header + others.map(({ text: kept }) => kept).join('');
}
