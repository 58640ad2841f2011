import { isUsualAccessKey } from '../manager/access-key.js';
import type { ConnectionFlags } from './sign-in.js';

/**
 * The options that said whose sessions are meant, with a space before each, to be typed again. What may be a
 * secret key in the place of the access key is not repeated: `KEY` stands for it.
 */
export function ownerOptions({ profile, endpoint, accessKey }: ConnectionFlags): string {
  const shown = accessKey === undefined || isUsualAccessKey(accessKey) ? accessKey : 'KEY';
  return Object.entries({ profile, endpoint, 'access-key': shown })
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('');
}
