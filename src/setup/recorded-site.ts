import type { Site } from '../exporters/site.js';
import { clientPlace } from './client-place.js';
import { keyPathsOf } from './key-files.js';
import { ownCommand } from './own-command.js';
import { shownName } from './shown-name.js';
import type { SiteRecord } from './state.js';
import type { Workspace } from './workspace.js';

/** Home of the session account in every Backend.AI image (protocol reference, section 5). */
const REMOTE_DIRECTORY = '/home/work';

/**
 * Stands for a host key that was not kept: a well-formed RSA key (RFC 4253, section 6.6) with the
 * modulus 1, which no server has, so that it is found in no client's store.
 */
const NO_HOST_KEY = Buffer.from('00000007' + '7373682d727361' + '0000000103' + '0000000101', 'hex');

/** The site that a record was written for, without asking anybody. */
export function recordedSite(workspace: Workspace, id: string, record: SiteRecord): Site {
  const { user, hostKey, direct, puttyProxy = false } = record;
  const { host, port } = clientPlace(record);
  return {
    id,
    name: shownName(record),
    host,
    port,
    user,
    remoteDirectory: REMOTE_DIRECTORY,
    ...keyPathsOf(workspace, id),
    hostKeyBlob: hostKey === undefined ? NO_HOST_KEY : Buffer.from(hostKey, 'base64'),
    // The id, unlike the name, is ASCII and means one site whoever is signed in.
    ...(direct === undefined ? { proxyCommand: ownCommand('proxy', id) } : {}),
    puttyProxy,
  };
}

/** A site as it is to be now, which knows what clients have of it under another name or at another place. */
export function succeedingSite(site: Site, before: Site | undefined): Site {
  if (before === undefined) return site;
  const { name, host, port, hostKeyBlob } = before;
  const hasMoved = host !== site.host || port !== site.port;
  return {
    ...site,
    ...(name === site.name ? {} : { formerName: name }),
    ...(hasMoved ? { formerPlace: { host, port, hostKeyBlob } } : {}),
  };
}
