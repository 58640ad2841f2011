import { createHash } from 'node:crypto';

/** Longest readable part of a site id; with `-` and the hash it stays below the 63 of a DNS label. */
const MAX_READABLE = 40;

/**
 * The id of a site: stable for life, because it is derived from what makes a session the same one to
 * its owner — where it runs, whose it is, what it is called — and not from its UUID, which changes
 * each time a session is created again.
 *
 * @param endpoint address of the manager; a final slash does not matter
 * @param accessKey the owner's access key
 * @param sessionName as the owner typed it, any script
 * @returns lower-case ASCII letters, digits and `-`, e.g. `demo-1a2b3c4d`
 */
export function siteId(endpoint: string, accessKey: string, sessionName: string): string {
  const identity = [endpoint.replace(/\/+$/, ''), accessKey, sessionName].join('\n');
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, 8);
  const readable = sessionName
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_READABLE)
    .replace(/^-+|-+$/g, '');
  return readable === '' ? `session-${hash}` : `${readable}-${hash}`;
}
