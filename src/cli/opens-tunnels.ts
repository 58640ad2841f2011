import { knownSites } from '../setup/find-site.js';
import type { State } from '../setup/state.js';

/**
 * What to type to have tunnels in the background, by what is set up.
 *
 * @param options of the command line, to be typed again
 * @returns `null` where all that is set up needs none
 */
export function opensTunnels(state: State, options: string): string | null {
  const sites = knownSites(state).filter(({ record }) => record.keyFingerprint !== '');
  if (sites.length === 0) return `bai-win setup <session>${options}`;
  return sites.some(({ record }) => record.direct === undefined) ? `bai-win up${options}` : null;
}
