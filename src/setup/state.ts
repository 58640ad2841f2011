import { decodeText } from '../decode-text.js';
import { compareText } from '../compare-text.js';
import { BaiError } from '../errors.js';
import type { SocketAddress } from '../manager/socket-address.js';
import { WAYS, type DirectWay } from './way.js';

/** Where clients connect to, where they need no tunnel, and how that was found. */
export interface DirectPlace extends SocketAddress {
  readonly via: DirectWay;
}

/** The local port of a site, assigned for life, and where its clients go instead of that. */
export type SitePlace =
  | { readonly port: number; readonly direct?: undefined }
  /** `port` is absent where the site never had a tunnel. */
  | { readonly port?: number; readonly direct: DirectPlace };

/** What was written for one site the last time: only what cannot be computed again. */
export type SiteRecord = SiteNotes & SitePlace;

interface SiteNotes {
  readonly endpoint: string;
  readonly accessKey: string;
  readonly sessionName: string;
  /** UUID of the session that the files were last written for; empty before the first setup. */
  readonly sessionId: string;
  readonly user: string;
  /** Ids of the exporters that have an entry for this site. */
  readonly clients: readonly string[];
  /** `SHA256:…` of the session's key, as written; empty before the first setup. */
  readonly keyFingerprint: string;
  /** `SHA256:…` of the session's host key, as pinned; empty before the first setup. */
  readonly hostKeyFingerprint: string;
  /**
   * The host key that was pinned, as base64 of its blob: needed to take it out again when the session
   * is gone. Absent in notes of earlier versions.
   */
  readonly hostKey?: string;
  /** Full path of the user's own key, where the session knows that one instead of its id_container. */
  readonly identity?: string;
  /** Whether PuTTY, KiTTY and WinSCP start `bai-win proxy` themselves. */
  readonly puttyProxy?: boolean;
  /** What clients show, see `shownName`; absent where that is the session's name. */
  readonly nameTemplate?: string;
}

export interface State {
  readonly sites: Readonly<Record<string, SiteRecord>>;
}

/**
 * Raised when a newer bai-win changes the layout of the file. In layout 1 the `port` of a site without a
 * tunnel is that of its host; only notes with such a site differ, so that older programs read the others.
 */
const STATE_VERSION = 2;

/**
 * Reads the state file.
 *
 * @param bytes content of the file, `null` where there is none
 * @param path for the error only
 * @throws BaiError `state-unreadable`, `state-incomplete`, `state-too-new`, `state-record-damaged`
 */
export function parseState(bytes: Buffer | null, path: string): State {
  if (bytes === null) return { sites: {} };
  let parsed: unknown;
  try {
    parsed = JSON.parse(decodeText(bytes));
  } catch (cause) {
    throw new BaiError(
      'state-unreadable',
      `the notes of earlier setups are damaged: ${path} is not JSON`,
      'move that file away, then run setup again for each session; assigned ports may change',
      { cause },
    );
  }
  const { version, sites } = isObject(parsed) ? parsed : {};
  if (typeof version !== 'number' || !isObject(sites)) {
    throw new BaiError(
      'state-incomplete',
      `the notes of earlier setups have no version or no sites: ${path}`,
      'move that file away, then run setup again for each session; assigned ports may change',
    );
  }
  if (version > STATE_VERSION) {
    throw new BaiError(
      'state-too-new',
      `${path} was written by a newer bai-win (layout ${version}, this one knows ${STATE_VERSION})`,
      'update bai-win',
    );
  }
  const records: [string, SiteRecord][] = [];
  for (const [id, record] of Object.entries(sites)) {
    const current = version === 1 ? fromLayout1(record) : record;
    if (!isRecord(current)) throw recordDamaged(id, path);
    records.push([id, current]);
  }
  return { sites: Object.fromEntries(records) };
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown): boolean => typeof value === 'string';

/** A record as layout 2 has it. */
function fromLayout1(record: unknown): unknown {
  if (!isObject(record) || !isObject(record['direct'])) return record;
  const { port, direct, ...rest } = record;
  return { ...rest, direct: { ...direct, port } };
}

/** Whether a value has every field of a record, each of its type; more than these is no harm. */
function isRecord(value: unknown): value is SiteRecord {
  if (!isObject(value)) return false;
  const { port, clients, direct, puttyProxy } = value;
  const texts: readonly (keyof SiteNotes)[] = [
    'endpoint',
    'accessKey',
    'sessionName',
    'sessionId',
    'user',
    'keyFingerprint',
    'hostKeyFingerprint',
  ];
  const optional: readonly (keyof SiteNotes)[] = ['hostKey', 'identity', 'nameTemplate'];
  return (
    texts.every((name) => isText(value[name])) &&
    optional.every((name) => value[name] === undefined || isText(value[name])) &&
    (direct === undefined ? Number.isInteger(port) : isDirect(direct)) &&
    (port === undefined || Number.isInteger(port)) &&
    ['boolean', 'undefined'].includes(typeof puttyProxy) &&
    Array.isArray(clients) &&
    clients.every(isText)
  );
}

function isDirect(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { via, host, port } = value;
  return (
    isText(host) && Number.isInteger(port) && via !== 'tunnel' && WAYS.some((way) => way === via)
  );
}

function recordDamaged(id: string, path: string): BaiError {
  return new BaiError(
    'state-record-damaged',
    `the note of an earlier setup, ${id}, has missing or wrong fields: ${path}`,
    'mend it, or move that file away and run setup again for each session; assigned ports may change',
  );
}

/** The bytes of the state file: sites in a fixed order, so that the same state is the same bytes. */
export function serializeState(state: State): Buffer {
  const sites = Object.fromEntries(
    Object.entries(state.sites).sort(([a], [b]) => compareText(a, b)),
  );
  const isLayout1 = Object.values(sites).every(({ direct }) => direct === undefined);
  const version = isLayout1 ? 1 : STATE_VERSION;
  return Buffer.from(`${JSON.stringify({ version, sites }, null, 2)}\n`, 'utf8');
}

/** The state with one record added or replaced. */
export function withSite(state: State, id: string, record: SiteRecord): State {
  return { sites: { ...state.sites, [id]: record } };
}

/** The state without some records. */
export function withoutSites(state: State, ids: readonly string[]): State {
  const kept = Object.entries(state.sites).filter(([id]) => !ids.includes(id));
  return { sites: Object.fromEntries(kept) };
}

/**
 * What is to be known where a run that made `after` of `before` is taken back, and something of either
 * is still there: the sites of both, with the clients of both. One that only `after` has is as before
 * its first setup, since its key files are gone.
 */
export function joinStates(before: State, after: State): State {
  const sites: Record<string, SiteRecord> = { ...before.sites };
  for (const [id, record] of Object.entries(after.sites)) {
    const old = before.sites[id];
    sites[id] =
      old === undefined
        ? { ...record, sessionId: '', keyFingerprint: '', hostKeyFingerprint: '' }
        : { ...old, clients: [...new Set([...old.clients, ...record.clients])].sort() };
  }
  return { sites };
}
