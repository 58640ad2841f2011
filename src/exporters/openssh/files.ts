import type { Change } from '../../changes/change.js';
import type { Snapshot } from '../../changes/snapshot.js';
import type { Machine } from '../exporter.js';
import { fileChanges } from '../files.js';
import { appendLines, lineContent, refuseWideText, removeLines, splitLines } from '../lines.js';
import { pathsOf } from '../machine.js';
import type { Site } from '../site.js';
import { ownHosts, withoutSection } from './config-block.js';
import { hostKeyLine } from '../host-key-line.js';
import { aliasOf, refuseForeign, withEntry, withoutEntry } from './host-entry.js';

/** The files of OpenSSH that matter: the user's config and our own two. */
interface SshFiles {
  readonly userConfig: string;
  readonly config: string;
  readonly knownHosts: string;
}

/** In the folder `.ssh` of the user, on every platform. */
export function sshFiles(machine: Machine): SshFiles {
  const paths = pathsOf(machine);
  const folder = paths.join(machine.home, '.ssh');
  return {
    userConfig: paths.join(folder, 'config'),
    config: paths.join(folder, 'bai-win', 'config'),
    knownHosts: paths.join(folder, 'bai-win', 'known_hosts'),
  };
}

/** The text of a file, its bytes as latin1 characters; empty where there is none. */
export function latin1(now: Snapshot, path: string): string {
  return latin1OrNull(now, path) ?? '';
}

/** The same; `null` where there is none. */
export function latin1OrNull(now: Snapshot, path: string): string | null {
  return now.file(path)?.toString('latin1') ?? null;
}

/** The name of a site after `ssh`, as it is or as `plan` will make it. */
export function sshAlias(site: Site, machine: Machine, now: Snapshot): string {
  const files = sshFiles(machine);
  const userText = withoutSection(latin1(now, files.userConfig), files.userConfig);
  return aliasOf(site, latin1(now, files.config), ownHosts(userText ?? ''));
}

/** known_hosts keyed by HostKeyAlias, which is the id of the site. */
function withKey(text: string, site: Site): string {
  const blob = site.hostKeyBlob;
  const wanted = `${site.id} ${hostKeyLine(blob)}`;
  const isOurs = (line: string): boolean => lineContent(line).startsWith(`${site.id} `);
  const ours = splitLines(text).filter(isOurs);
  if (ours.length === 1 && lineContent(ours[0] ?? '') === wanted) return text;
  return appendLines(removeLines(text, isOurs), [wanted]);
}

/** The text of a file of ours, which somebody may have saved in another encoding. */
function ownText(now: Snapshot, path: string): string {
  const text = latin1(now, path);
  refuseWideText(text, path);
  return text;
}

/**
 * The changes of our own files that make a site known to `ssh -F` of our config.
 * @throws BaiError `lines-encoding`, `ssh-config-not-ours`
 */
export function planOwnFiles(site: Site, machine: Machine, now: Snapshot): Change[] {
  const { config, knownHosts } = sshFiles(machine);
  const before = ownText(now, config);
  refuseForeign(before, config);
  const alias = sshAlias(site, machine, now);
  const text = withEntry(before, site, alias, knownHosts, machine);
  return [
    ...fileChanges(
      { stage: 'host-key', title: `ssh host key of "${site.name}"`, path: knownHosts },
      now.file(knownHosts),
      Buffer.from(withKey(ownText(now, knownHosts), site), 'latin1'),
    ),
    ...fileChanges(
      { stage: 'entry', title: `ssh host ${alias}`, path: config },
      now.file(config),
      Buffer.from(text, 'latin1'),
    ),
  ];
}

/**
 * The changes of our own files that take a site out.
 * @throws BaiError `lines-encoding`
 */
export function unplanOwnFiles(site: Site, machine: Machine, now: Snapshot): Change[] {
  const { config, knownHosts } = sshFiles(machine);
  const entries = withoutEntry(ownText(now, config), site);
  const keys = removeLines(ownText(now, knownHosts), (line) => line.startsWith(`${site.id} `));
  const bytes = (text: string | null): Buffer | null => (text ? Buffer.from(text, 'latin1') : null);
  return [
    ...fileChanges(
      { stage: 'entry', title: `ssh host of "${site.name}"`, path: config },
      now.file(config),
      bytes(entries),
    ),
    ...fileChanges(
      { stage: 'host-key', title: `ssh host key of "${site.name}"`, path: knownHosts },
      now.file(knownHosts),
      bytes(keys),
    ),
  ];
}
