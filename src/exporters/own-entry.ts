import type { Site } from './site.js';

/** Where an entry of a client leads, as far as it says so. */
interface EntryPlace {
  readonly host: string | null | undefined;
  readonly port: string | null | undefined;
  readonly keyPath: string | null | undefined;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/**
 * Whether an entry with the mark of a site leads to something else. People make entries for servers of
 * their own out of copies of ours, and the copies keep the mark: from then on they are theirs.
 */
export function leadsElsewhere({ host, port, keyPath }: EntryPlace, site: Site): boolean {
  const { formerPlace } = site;
  if (!host) return false;
  // As it stands where the client starts the tunnel itself: it means this site alone.
  if (host === site.id) return false;
  const hosts = [...LOOPBACK, site.host, formerPlace?.host];
  if (!hosts.includes(host.replace(/^.*@/, '').toLowerCase())) return true;
  // Another server may be behind another port of this machine.
  const ports = [site.port, formerPlace?.port].map(String);
  const hasOwnKey = !keyPath || keyPath.toLowerCase() === site.ppkPath.toLowerCase();
  return !hasOwnKey && Boolean(port) && !ports.includes(port ?? '');
}
