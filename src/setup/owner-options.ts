import type { ConnectionFlags } from './sign-in.js';

/** The options that said whose sessions are meant, with a space before each, to be typed again. */
export function ownerOptions({ profile, endpoint, accessKey }: ConnectionFlags): string {
  return Object.entries({ profile, endpoint, 'access-key': accessKey })
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('');
}
