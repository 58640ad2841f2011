import { fingerprint } from '../convert/index.js';
import { hostKeyLine } from '../exporters/host-key-line.js';
import { commandLine } from '../exporters/command-line.js';
import type { Machine } from '../exporters/exporter.js';
import { openssh } from '../exporters/openssh/exporter.js';
import { sshFiles } from '../exporters/openssh/files.js';
import { configPath } from '../exporters/openssh/host-entry.js';
import type { Site } from '../exporters/site.js';
import { exportersById } from './choose-exporters.js';
import type { KnownSite } from './find-site.js';
import { recordedSite } from './recorded-site.js';
import { findRunningTunnel, type RunningTunnel } from './running-tunnels.js';
import type { Way } from './way.js';
import type { Workspace } from './workspace.js';

/** Everything that any SSH client may ask about a site, without a secret. */
export interface SiteCard {
  readonly id: string;
  readonly name: string;
  /** What clients show. */
  readonly shownName: string;
  readonly endpoint: string;
  readonly accessKey: string;
  /** UUID of the session that the files were last written for. */
  readonly sessionId: string;
  /** The way that clients go. */
  readonly via: Way;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly remoteDirectory: string;
  /** For OpenSSH and clients that read its keys. */
  readonly keyPath: string;
  /** For PuTTY, FileZilla, WinSCP. */
  readonly ppkPath: string;
  readonly keyFingerprint: string;
  /** As clients show it when they ask about an unknown host; `null` where older notes do not have it. */
  readonly hostKey: {
    readonly sha256: string;
    readonly md5: string;
    /** A line for `known_hosts` (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
    readonly knownHosts: string;
  } | null;
  readonly url: string;
  /** Command lines to paste. */
  readonly ssh: string;
  readonly sftp: string;
  /** Ids of the clients that have an entry. */
  readonly clients: readonly string[];
  /** Those of them that start the tunnel themselves. */
  readonly withoutTunnel: readonly string[];
  /** The tunnel that is open now; always `null` where clients need none. */
  readonly tunnel: RunningTunnel | null;
}

/** What is known about a site, from the notes alone. */
export async function siteCard(workspace: Workspace, { id, record }: KnownSite): Promise<SiteCard> {
  const site = recordedSite(workspace, id, record);
  const { host, port, user, remoteDirectory, keyPath, ppkPath } = site;
  const running = record.direct === undefined ? await findRunningTunnel(workspace, id) : null;
  const options = sshOptions(site, record.clients, workspace.machine);
  const line = (...argv: string[]): string => commandLine(argv, workspace.machine);
  return {
    id,
    name: record.sessionName,
    shownName: site.name,
    endpoint: record.endpoint,
    accessKey: record.accessKey,
    sessionId: record.sessionId,
    via: record.direct?.via ?? 'tunnel',
    host,
    port,
    user,
    remoteDirectory,
    keyPath,
    ppkPath,
    keyFingerprint: record.keyFingerprint,
    hostKey: record.hostKey === undefined ? null : hostKeyOf(site.hostKeyBlob, host, port),
    // The path of an SFTP URL is taken from the root (draft-ietf-secsh-scp-sftp-ssh-uri-04, section 4).
    url: `sftp://${encodeURIComponent(user)}@${bracketed(host)}:${port}${encodeURI(remoteDirectory)}`,
    ssh: line('ssh', '-i', keyPath, ...options, '-p', String(port), `${user}@${host}`),
    sftp: line('sftp', '-i', keyPath, ...options, '-P', String(port), `${user}@${bracketed(host)}`),
    clients: record.clients,
    withoutTunnel: exportersById(record.clients)
      .filter(({ startsTunnel }) => startsTunnel?.(site) === true)
      .map((exporter) => exporter.id),
    tunnel: running?.port === port ? running : null,
  };
}

/**
 * What makes ssh offer this key alone (a server ends the login after a few others from an agent) and,
 * where the entry for ssh is there, know the host by the same known_hosts as that entry.
 */
function sshOptions(site: Site, clients: readonly string[], machine: Machine): string[] {
  const options = ['-o', 'IdentitiesOnly=yes'];
  if (!clients.includes(openssh.id)) return options;
  const { knownHosts } = sshFiles(machine);
  const quoted = configPath(knownHosts, machine);
  const bare = quoted.slice(1, -1);
  // Quotes inside a quoted argument are read differently by each shell of Windows.
  const file = /[\s"\\]/.test(bare) ? quoted : bare;
  return [...options, '-o', `HostKeyAlias=${site.id}`, '-o', `UserKnownHostsFile=${file}`];
}

function hostKeyOf(blob: Buffer, host: string, port: number): NonNullable<SiteCard['hostKey']> {
  // ssh looks for a host at its own port, 22, by the bare name.
  const name = port === 22 ? host : `[${host}]:${port}`;
  return {
    sha256: fingerprint(blob, 'sha256'),
    md5: fingerprint(blob, 'md5'),
    knownHosts: `${name} ${hostKeyLine(blob)}`,
  };
}

/** An IPv6 address as it stands where a port or path may follow (RFC 3986, section 3.2.2; sftp(1)). */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
