import { BaiError } from '../errors.js';
import { isAtLeast, type Greeting } from './api-version.js';
import type { ManagerClient } from './client.js';
import { isRecord } from './problem.js';
import type { ServicePort, Session } from './session.js';

/** `session_id`, because up to 22.09 `id` is the main kernel's (protocol section 2.1). */
const QUERY = `query($limit:Int!,$offset:Int!,$ak:String,$status:String){
compute_session_list(limit:$limit,offset:$offset,access_key:$ak,status:$status,order:"-created_at"){
items{id session_id name type status status_info access_key image created_at service_ports}
total_count}}`;

const PAGE = 100;

/** A bound for a server that never stops: nobody has 10,000 live sessions. */
const MAX_PAGES = 100;

/** Names of the live statuses that every release knows (protocol section 2.1). */
const OLDEST_STATUSES = 'PENDING,SCHEDULED,PREPARING,PULLING,RUNNING,RESTARTING,TERMINATING,ERROR';

/** Those that came later, by the first release whose managers know them. */
const LATER_STATUSES: readonly { since: [year: number, month: number]; names: string }[] = [
  { since: [23, 3], names: 'RUNNING_DEGRADED' },
  { since: [25, 6], names: 'PREPARED,CREATING' },
  { since: [26, 8], names: 'DEPRIORITIZING,RESERVED,PREEMPTED,RESCHEDULING' },
];

/**
 * All live sessions of one's own access key, newest first. An administrator sees everybody's
 * otherwise, and those could not be reached with this key.
 */
export async function listSessions(client: ManagerClient): Promise<Session[]> {
  const status = liveStatuses(await client.greeting());
  try {
    return await listByStatus(client, status);
  } catch (error) {
    // A manager answers a status name that it does not know with an error. Sessions in the few newer
    // statuses are missing then, which is better than no list.
    const refused = error instanceof BaiError && /^query-(?:failed|rejected)$/u.test(error.code);
    if (!refused || status === OLDEST_STATUSES) throw error;
    return await listByStatus(client, OLDEST_STATUSES);
  }
}

/**
 * The same for whoever takes a session that is missing for one that is no more.
 * @throws BaiError also where the manager does not know all statuses that its release should
 */
export async function listAllSessions(client: ManagerClient): Promise<Session[]> {
  return listByStatus(client, liveStatuses(await client.greeting()));
}

async function listByStatus(client: ManagerClient, status: string): Promise<Session[]> {
  const sessions = new Map<string, Session>();
  for (let page = 0; page < MAX_PAGES; page++) {
    const { items, total } = await fetchPage(client, status, PAGE, page * PAGE);
    for (const item of items) {
      const session = readSession(item, client);
      // A session that starts meanwhile shifts the pages, so that one may be seen twice.
      if (session !== undefined) sessions.set(session.id, session);
    }
    if (items.length === 0 || (page + 1) * PAGE >= total) break;
  }
  return [...sessions.values()];
}

/**
 * Proves the credentials with one cheap call that also needs the right to list sessions.
 * @throws BaiError as any call does
 */
export async function checkCredentials(client: ManagerClient): Promise<Greeting> {
  const greeting = await client.greeting();
  await fetchPage(client, 'RUNNING', 1, 0);
  return greeting;
}

/** The status names to ask a manager of this release for, joined as the argument wants them. */
function liveStatuses({ release }: Greeting): string {
  const later = LATER_STATUSES.filter(({ since }) => isAtLeast(release, ...since) === true);
  return [OLDEST_STATUSES, ...later.map(({ names }) => names)].join(',');
}

async function fetchPage(
  client: ManagerClient,
  status: string,
  limit: number,
  offset: number,
): Promise<{ items: unknown[]; total: number }> {
  const reply = await client.callForJson({
    method: 'POST',
    path: '/admin/gql',
    json: {
      query: QUERY,
      variables: { limit, offset, ak: client.authenticator.accessKey, status },
    },
  });
  const errors = isRecord(reply) ? reply['errors'] : undefined;
  if (Array.isArray(errors) && errors.length > 0) throw queryError(errors);
  const data = isRecord(reply) ? reply['data'] : undefined;
  const list = isRecord(data) ? data['compute_session_list'] : undefined;
  if (!isRecord(list) || !Array.isArray(list['items'])) throw unexpected(client, 'no list');
  const total = list['total_count'];
  return { items: list['items'], total: typeof total === 'number' ? total : 0 };
}

function queryError(errors: unknown[]): BaiError {
  const texts = errors.map((error) => (isRecord(error) ? String(error['message']) : 'unknown'));
  const text = texts.join('; ').replace(/[\p{Cc}\s]+/gu, ' ');
  return new BaiError(
    'query-failed',
    `the manager could not list the sessions: ${text.slice(0, 300)}`,
    'try again; if it stays so, this release of Backend.AI may be one that bai-win does not know',
    { details: { errors: texts } },
  );
}

/** `undefined` for a session of another access key. */
function readSession(item: unknown, client: ManagerClient): Session | undefined {
  if (!isRecord(item)) throw unexpected(client, 'an item that is no object');
  const owner = item['access_key'];
  if (typeof owner === 'string' && owner !== client.authenticator.accessKey) return undefined;
  const createdAt = new Date(text(item['created_at']));
  const id = text(item['session_id'] ?? item['id']).toLowerCase();
  if (id === '') throw unexpected(client, 'a session without an id');
  if (Number.isNaN(createdAt.getTime())) throw unexpected(client, `no start time of ${id}`);
  return {
    id,
    name: text(item['name']),
    type: text(item['type']).toLowerCase(),
    status: text(item['status']).toUpperCase(),
    statusInfo: text(item['status_info']) || null,
    image: text(item['image']),
    createdAt,
    servicePorts: readServicePorts(item['service_ports']),
  };
}

/** The ports are JSON inside JSON, or null while the container is not up (protocol section 2.1). */
function readServicePorts(value: unknown): ServicePort[] {
  let ports: unknown = value;
  if (typeof value === 'string') {
    try {
      ports = JSON.parse(value);
    } catch {
      return [];
    }
  }
  if (!Array.isArray(ports)) return [];
  return ports.filter(isRecord).map((port) => {
    // Very old kernels have one scalar port.
    const numbers = port['container_ports'] ?? [port['container_port']];
    return {
      name: text(port['name']),
      protocol: text(port['protocol']),
      containerPorts: Array.isArray(numbers)
        ? numbers.filter((number) => typeof number === 'number')
        : [],
    };
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function unexpected(client: ManagerClient, what: string): BaiError {
  return new BaiError(
    'list-not-understood',
    `the session list from ${client.endpoint.url} is not as expected: ${what}`,
    'update bai-win; if it is the newest, report this with the release of Backend.AI',
  );
}
