import { compareText } from '../compare-text.js';
import { BaiError } from '../errors.js';
import { namesApart } from '../names-apart.js';
import { nearest } from '../nearest.js';
import { clientPlace } from './client-place.js';
import { shownName } from './shown-name.js';
import type { SiteRecord, State } from './state.js';

/** A site that an earlier setup wrote, with its id. */
export interface KnownSite {
  readonly id: string;
  readonly record: SiteRecord;
}

/** What else was said on the command line about whose session is meant. */
export interface SiteOwner {
  readonly endpoint: string | undefined;
  readonly accessKey: string | undefined;
  /** The options that said so, with a space before each, to be typed again; absent where none did. */
  readonly options?: string;
}

/** The end of `... is set up on this computer`, where not all of this computer is meant. */
export function forOwner({ options = '' }: SiteOwner): string {
  return options === '' ? '' : ` for${options}`;
}

/** The shortest beginning of a session's UUID that counts, as for sessions at the manager. */
const MIN_ID_PREFIX = 4;

/** Every site in the notes, in the order of their names, as people look for them; ids say nothing to them. */
export function knownSites(state: State): KnownSite[] {
  return Object.entries(state.sites)
    .map(([id, record]) => ({ id, record }))
    .sort(
      (a, b) => compareText(a.record.sessionName, b.record.sessionName) || compareText(a.id, b.id),
    );
}

/** Those of the sites in the notes that are meant. */
export function sitesOf(state: State, owner: SiteOwner): KnownSite[] {
  return knownSites(state).filter(({ record }) => belongsTo(record, owner));
}

/** What is to become of the site that is looked for, by which the hint differs where there is none. */
type Wish = 'use' | 'close' | 'remove';

/**
 * The site that `reference` means, from the notes alone, so that it is also found without a network
 * and when its session is long gone: exact site id, else exact session name, else exactly what clients
 * show, else the only one whose name, id or session's UUID begins with it.
 *
 * @param signedIn whose site is meant where several fit
 * @throws BaiError `site-not-found`, `site-ambiguous`
 */
export function findSite(
  state: State,
  reference: string,
  owner: SiteOwner,
  signedIn?: SiteOwner,
): KnownSite {
  return pick(state, reference, owner, signedIn, 'use');
}

/**
 * As `findSite`, for what closes tunnels: who does that does not want to set a session up.
 *
 * @throws BaiError `site-not-found`, `site-ambiguous`
 */
export function findSiteToClose(
  state: State,
  reference: string,
  owner: SiteOwner,
  signedIn?: SiteOwner,
): KnownSite {
  return pick(state, reference, owner, signedIn, 'close');
}

/**
 * As `findSite`, but the whole name or id has to be given: for what takes things away, where the
 * beginning of another name may be a slip.
 *
 * @throws BaiError `site-not-found`, `site-ambiguous`
 */
export function findSiteExactly(
  state: State,
  reference: string,
  owner: SiteOwner,
  signedIn?: SiteOwner,
): KnownSite {
  return pick(state, reference, owner, signedIn, 'remove');
}

function pick(
  state: State,
  reference: string,
  owner: SiteOwner,
  signedIn: SiteOwner | undefined,
  wish: Wish,
): KnownSite {
  const wanted = reference.trim();
  const lower = wanted.toLowerCase();
  const sites = sitesOf(state, owner);
  const long = lower.length >= MIN_ID_PREFIX;
  const stages: ((site: KnownSite) => boolean)[] = [
    ({ id, record }) => id === lower || record.sessionId === lower,
    ({ record }) => record.sessionName === wanted,
    ({ record }) => shownName(record) === wanted,
    ({ id, record }) =>
      wish !== 'remove' &&
      (record.sessionName.startsWith(wanted) ||
        (long && (id.startsWith(lower) || record.sessionId.startsWith(lower)))),
  ];
  for (const fits of wanted === '' ? [] : stages) {
    const found = sites.filter(fits);
    const mine = signedIn && found.filter(({ record }) => belongsTo(record, signedIn));
    const [only, ...others] = mine?.length === 1 ? mine : found;
    if (only === undefined) continue;
    if (others.length > 0) throw ambiguous(wanted, found);
    return only;
  }
  throw notFound(wanted, sites, owner, wish);
}

/** Whether a site is one of those meant. */
export function belongsTo(record: SiteRecord, { endpoint, accessKey }: SiteOwner): boolean {
  const bare = (address: string): string => address.trim().replace(/\/+$/, '').toLowerCase();
  return (
    (endpoint === undefined || bare(record.endpoint) === bare(endpoint)) &&
    (accessKey === undefined || record.accessKey === accessKey)
  );
}

const details = (sites: readonly KnownSite[]): unknown =>
  sites.map(({ id, record }) => {
    const { sessionName, endpoint, accessKey } = record;
    return { id, sessionName, endpoint, accessKey, port: clientPlace(record).port };
  });

function ambiguous(reference: string, sites: readonly KnownSite[]): BaiError {
  const rows = sites.map(
    ({ id, record }) => `\n  ${record.sessionName}  ${id}  ${record.endpoint}  ${record.accessKey}`,
  );
  const haveOneName = new Set(sites.map(({ record }) => record.sessionName)).size === 1;
  const how = haveOneName ? 'type' : 'type more of the name, or';
  return new BaiError(
    'site-ambiguous',
    `"${reference}" fits ${sites.length} sessions that are set up here:${rows.join('')}`,
    `${how} the whole id in the second column; --endpoint, --access-key and --profile choose too`,
    { details: details(sites) },
  );
}

function notFound(
  reference: string,
  sites: readonly KnownSite[],
  owner: SiteOwner,
  wish: Wish,
): BaiError {
  const isNot = `"${reference}" is not set up on this computer${forOwner(owner)}`;
  const called = sites.map(({ id, record }) => ({ id, session: record.sessionName }));
  const names = [...namesApart(called).values()];
  const meant = nearest(
    reference,
    called.map(({ session }) => session),
  );
  const hints: Readonly<Record<Wish, string>> = {
    use: `to set a session up, type: bai-win setup <session>${owner.options ?? ''}`,
    close: 'to see which tunnels are open in the background, type: bai-win status',
    remove:
      names.length === 0
        ? `there is nothing to take away; to see all that is set up, type: bai-win show${owner.options ?? ''}`
        : `give the whole name, or the whole id, that bai-win show <session>${owner.options ?? ''} shows`,
  };
  return new BaiError(
    'site-not-found',
    names.length === 0 ? `${isNot}; nothing is` : `${isNot}; these are: ${names.join(', ')}`,
    `${meant === undefined ? '' : `perhaps ${meant} is meant; `}${hints[wish]}`,
    { details: details(sites) },
  );
}
