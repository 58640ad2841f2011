import type { Session } from '../manager/session.js';
import type { SiteRecord } from './state.js';

/**
 * The ways to a session's sshd: through the manager; to the address of a SYSTEM session; to a port that
 * the site's AppProxy opens.
 */
export const WAYS = ['tunnel', 'direct', 'appproxy'] as const;
export type Way = (typeof WAYS)[number];

/** A way that needs no tunnel. */
export type DirectWay = Exclude<Way, 'tunnel'>;

/** The way to take: the one asked for, else the one that the site has, else what fits the session. */
export function chooseWay(
  asked: Way | undefined,
  session: Session,
  record: SiteRecord | undefined,
): Way {
  if (asked !== undefined) return asked;
  // A record without a fingerprint only keeps the port of a site that was never set up.
  if (record !== undefined && record.keyFingerprint !== '') return record.direct?.via ?? 'tunnel';
  return session.type === 'system' ? 'direct' : 'tunnel';
}
