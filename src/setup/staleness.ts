import { clientPlace } from './client-place.js';
import type { SiteRecord } from './state.js';

/** One thing that differs from what an earlier setup wrote. */
export interface Staleness {
  readonly what: 'session' | 'key' | 'host key' | 'host' | 'port' | 'user';
  readonly old: string;
  readonly new: string;
}

/** What changed since the files were last written, for people; empty on the first setup. */
export function compareRecords(before: SiteRecord | undefined, after: SiteRecord): Staleness[] {
  // A record without a fingerprint only keeps the port of a site that was never set up.
  if (before === undefined || before.keyFingerprint === '') return [];
  const [was, is] = [clientPlace(before), clientPlace(after)];
  const rows: Staleness[] = [
    { what: 'session', old: before.sessionId, new: after.sessionId },
    { what: 'key', old: before.keyFingerprint, new: after.keyFingerprint },
    { what: 'host key', old: before.hostKeyFingerprint, new: after.hostKeyFingerprint },
    { what: 'host', old: was.host, new: is.host },
    { what: 'port', old: String(was.port), new: String(is.port) },
    { what: 'user', old: before.user, new: after.user },
  ];
  return rows.filter((row) => row.old !== row.new);
}
