import { createHash } from 'node:crypto';
import { BaiError } from '../../errors.js';
import type { Site } from '../site.js';

/** One profile of a Windows Terminal fragment, as far as it matters here. */
type Profile = Readonly<Record<string, unknown>>;

/** The namespace for GUIDs of fragment profiles, as Windows Terminal's documentation gives it. */
const namespace = 'f65ddb7e706b44998a5040313caf510a';

/** The GUID of a site's profile: a UUID of version 5 (RFC 9562, section 5.5), stable for life. */
export function profileGuid(site: Site): string {
  const hash = createHash('sha1').update(Buffer.from(namespace, 'hex'));
  const bytes = hash.update(`bai-win/${site.id}`).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return `{${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}}`;
}

function isRecord(value: unknown): value is Profile {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string, path: string): Profile[] {
  let profiles: unknown;
  try {
    const fragment: unknown = JSON.parse(text);
    profiles = isRecord(fragment) ? fragment['profiles'] : undefined;
  } catch {
    // Told below, like any other content that is not a fragment.
  }
  if (Array.isArray(profiles) && profiles.every(isRecord)) return profiles;
  throw new BaiError(
    'terminal-fragment-unreadable',
    `${path} is not a fragment of Windows Terminal with a list of profiles`,
    `delete ${path}, which belongs to bai-win alone, and run the command again`,
  );
}

const render = (profiles: readonly Profile[]): string =>
  `${JSON.stringify({ profiles }, undefined, 2)}\n`;

/**
 * Our fragment with the profile of a site; those of other sites stay.
 * @param text of the fragment as it is, `null` where there is none
 * @throws BaiError `terminal-fragment-unreadable`
 */
export function withProfile(
  text: string | null,
  site: Site,
  commandline: string,
  path: string,
): string {
  const profiles = text === null ? [] : parse(text, path);
  const guid = profileGuid(site);
  const profile = { guid, name: `${site.name} (Backend.AI)`, commandline };
  const others = profiles.map((old) => (old['guid'] === guid ? profile : old));
  const isNew = profiles.every((old) => old['guid'] !== guid);
  return render(isNew ? [...others, profile] : others);
}

/** Our fragment without the profile of a site; `null` once there is none left. */
export function withoutProfile(text: string, site: Site, path: string): string | null {
  const profiles = parse(text, path);
  const others = profiles.filter((profile) => profile['guid'] !== profileGuid(site));
  if (others.length === profiles.length) return text;
  return others.length === 0 ? null : render(others);
}
