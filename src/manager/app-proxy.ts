import { BaiError } from '../errors.js';
import { answerError } from './answer-error.js';
import { encode, isSuccess, type ManagerClient } from './client.js';
import { isRecord, parseJson, readProblem } from './problem.js';
import type { Session } from './session.js';
import { socketAddress, type SocketAddress } from './socket-address.js';

/** An answer is a few addresses; this leaves room for long tokens. */
const MAX_ANSWER = 64 * 1024;

/**
 * Has the site's AppProxy open a TCP port to the session's sshd, or tell the one that is open (protocol
 * section 4.3). Whoever reaches that port may try to log in there; nothing but SSH protects it.
 *
 * @param around what else to do where there is none, for hints
 * @throws BaiError as any call, `app-proxy-absent`, `app-proxy-no-worker`, `app-proxy-not-understood`
 */
export async function appProxyAddress(
  client: ManagerClient,
  session: Pick<Session, 'id' | 'name'>,
  around: string,
): Promise<SocketAddress> {
  const way: Way = { id: session.id, name: session.name, around };
  const { token, coordinator } = await startService(client, way);
  const path = `/v2/proxy/${encode(token)}/${encode(session.id)}/add?app=sshd&protocol=tcp`;
  const added = await ask(client, way, `${coordinator.replace(/\/+$/, '')}${path}`, 'url', token);
  const worker = await ask(client, way, added, 'redirect_url', token);
  const start = await ask(client, way, worker, 'redirect', token);
  // A helper program was once started by that address; what it was told is the port.
  const gateway = URL.canParse(start) ? new URL(start).searchParams.get('gateway') : null;
  const { protocol, hostname, port } = new URL(
    gateway !== null && URL.canParse(gateway) ? gateway : 'none:',
  );
  const address = protocol === 'tcp:' ? socketAddress(hostname, Number(port)) : null;
  if (address === null) throw notUnderstood(worker, 'it names no TCP port');
  return address;
}

/** Whose way it is, and which other one there is, for hints. */
interface Way extends Pick<Session, 'id' | 'name'> {
  readonly around: string;
}

/** A token for the coordinator, and its address. Both belong together; the token is secret. */
async function startService(
  client: ManagerClient,
  { id, name, around }: Way,
): Promise<{ token: string; coordinator: string }> {
  const path = `/session/${encode(id)}/start-service`;
  const answer = await client
    .callForJson({ method: 'POST', path, json: { app: 'sshd' } })
    .catch((cause: unknown) => {
      const isAbsent = cause instanceof BaiError && cause.code === 'service-unavailable';
      if (!isAbsent) throw cause;
      throw new BaiError(
        'app-proxy-absent',
        `${client.endpoint.url} has no AppProxy for session "${name}": ${cause.message}`,
        around,
        { cause },
      );
    });
  const { token, wsproxy_addr: coordinator } = isRecord(answer) ? answer : {};
  if (typeof token === 'string' && typeof coordinator === 'string') return { token, coordinator };
  throw notUnderstood(client.endpoint.url, 'it names no AppProxy');
}

/**
 * Asks one address of the AppProxy, which holds a secret, and returns the next one.
 *
 * @param field where the answer has it
 * @param token what no error may show, whatever the answer repeats
 */
async function ask(
  client: ManagerClient,
  { name, around }: Way,
  address: string,
  field: string,
  token: string,
): Promise<string> {
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) {
    throw notUnderstood(client.endpoint.url, 'an address of its AppProxy is none');
  }
  const { origin, pathname, search, searchParams } = new URL(address);
  const connection = client.connectionTo(origin);
  const headers = { Accept: 'application/json', 'User-Agent': 'bai-win' };
  const message = { headers, maxBytes: MAX_ANSWER };
  const answer = await connection
    .send('GET', pathname + search, message)
    .catch((cause: unknown) => {
      // Its words quote the address.
      const isRedirect = cause instanceof BaiError && cause.code === 'redirected';
      throw isRedirect ? notUnderstood(origin, 'it answers with a redirection') : cause;
    });
  if (!isSuccess(answer)) {
    if (readProblem(answer)?.slug === 'worker-not-available') {
      throw new BaiError(
        'app-proxy-no-worker',
        `the AppProxy at ${origin} has no worker with a TCP port to give`,
        `tell the administrator, or wait until others free one; ${around}`,
      );
    }
    if (answer.status === 401) {
      throw new BaiError(
        'app-proxy-refused',
        `the AppProxy at ${origin} does not take the token that the manager gave for session "${name}"`,
        `try again; if it stays so, tell the administrator; ${around}`,
      );
    }
    const target = pathname.replace(/^(\/v2\/proxy\/)[^/]+\/[^/]+\//, '$1…/');
    const asked = { method: 'GET', target, mode: 'api', accessKey: '', now: new Date() } as const;
    const longest = [pathname + search, search, ...searchParams.values(), encode(token), token];
    const body = without(longest.filter(isSecret), answer.body);
    throw answerError({ ...answer, body }, { ...asked, endpoint: origin });
  }
  const body = parseJson(answer.body);
  const next = isRecord(body) ? body[field] : undefined;
  if (typeof next === 'string') return next;
  throw notUnderstood(origin, `no ${field} in its answer`);
}

/** Names of protocols and apps are no secrets; tokens are longer. */
function isSecret(text: string): boolean {
  return text.length >= 16;
}

function without(secrets: readonly string[], body: Buffer): Buffer {
  const cleaned = secrets.reduce((text, secret) => text.replaceAll(secret, '…'), body.toString());
  return Buffer.from(cleaned);
}

/** @param address of which only the origin is shown */
function notUnderstood(address: string, what: string): BaiError {
  return new BaiError(
    'app-proxy-not-understood',
    `the AppProxy of ${new URL(address).origin} does not answer as expected: ${what}`,
    'this release of Backend.AI may be one that bai-win does not know; leave --via appproxy out',
  );
}
