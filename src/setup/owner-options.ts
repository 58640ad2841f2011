import { shownAccessKey } from '../manager/access-key.js';
import type { ConnectionFlags } from './sign-in.js';

/**
 * The options that said whose sessions are meant, with a space before each, to be typed again; not those
 * with a secret key in the place of the access key.
 */
export function ownerOptions({ profile, endpoint, accessKey }: ConnectionFlags): string {
  const shown = accessKey === undefined ? undefined : shownAccessKey(accessKey);
  return Object.entries({ profile, endpoint, 'access-key': shown })
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('');
}
