import { BaiError, type Hint } from '../errors.js';
import { networkTrouble, type NetworkTrouble } from '../platform/network-trouble.js';
import { errorCode } from '../platform/read-file.js';

/** Longest text of a server that we repeat, in characters; the rest says nothing new. */
const MAX_QUOTE = 300;

/** One line of printable text out of what a server sent. */
function quote(text: string): string {
  const line = text.replace(/[\p{C}\s]+/gu, ' ').trim();
  return line.length > MAX_QUOTE ? `${line.slice(0, MAX_QUOTE)}…` : line;
}

/** The two fields of a manager's problem+json that are meant for people (protocol section 1.6). */
function problemText(body: string): string | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { msg, title } = parsed as { msg?: unknown; title?: unknown };
  const parts = [title, msg].filter((part): part is string => typeof part === 'string');
  return parts.length === 0 ? null : quote([...new Set(parts)].join(': '));
}

const refusals: Readonly<Record<number, readonly [what: string, hint: Hint]>> = {
  400: [
    'did not accept the tunnel request',
    'check that the clock of this computer is right and that the endpoint is a Backend.AI manager',
  ],
  401: [
    'does not accept the sign-in for the tunnel',
    (options) =>
      `sign in again: bai-win login${options}; a wrong clock on this computer has the same effect`,
  ],
  403: [
    'does not let this account open the tunnel',
    (options) =>
      `use the access key that owns the session: bai-win sessions${options} lists your own`,
  ],
  404: [
    'does not know the session of this tunnel',
    (options) =>
      `see which sessions run: bai-win sessions${options}, then bai-win setup <session>${options}`,
  ],
  429: [
    'has had too many requests from this access key',
    'wait 15 minutes, or let the file client open fewer connections at once',
  ],
  500: [
    'could not start sshd in the session',
    'the session may still be starting; try again in a moment, or restart the session',
  ],
  502: [
    'or a proxy before it could not pass the tunnel on',
    (options) =>
      `check with bai-win sessions${options} that the session is RUNNING, then try again`,
  ],
  503: [
    'is in maintenance or overloaded',
    'try again later; the administrator of the endpoint knows more',
  ],
};

/**
 * Whether the request seems to have lost its WebSocket upgrade to a proxy on the way. A manager says 400
 * and nothing more then, newer webservers say what they miss, older ones fail (aiohttp, `_handshake`).
 */
function hasLostUpgrade(status: number, body: string): boolean {
  if (status === 500) return /"Something has gone wrong\."/u.test(body);
  if (status !== 400) return false;
  const isUnexplained = body.includes('/generic-bad-request"') && !/api version/iu.test(body);
  return isUnexplained || /\b(?:UPGRADE|WebSocket)\b/u.test(body);
}

/**
 * The manager answered the upgrade with something other than 101.
 * @param body as much of the answer as was read
 */
export function upgradeRefused(host: string, status: number, body: string): BaiError {
  const details = { status };
  if (status >= 300 && status < 400) {
    return new BaiError(
      'tunnel-redirected',
      `${host} sends the tunnel elsewhere (HTTP ${status}); a signed request must not follow`,
      (options) =>
        `set the endpoint to the address that the manager really has: bai-win login <address>${options}`,
      { details },
    );
  }
  if (status >= 200 && status < 300) {
    return new BaiError(
      'tunnel-not-a-manager',
      `${host} answered the tunnel request with a page (HTTP ${status}) and not with a WebSocket`,
      (options) =>
        `check the endpoint with bai-win login --show${options}; a proxy on the way must pass WebSockets on`,
      { details },
    );
  }
  const text = problemText(body);
  const said = `HTTP ${status}${text === null ? '' : `: ${text}`}`;
  if (hasLostUpgrade(status, body)) {
    return new BaiError(
      'tunnel-upgrade-lost',
      `${host} seems to have got the tunnel request as one for a page, and not for a WebSocket (${said})`,
      'tell the administrator that a proxy before it must pass WebSockets on; in nginx: proxy_http_version 1.1 and the headers Upgrade and Connection',
      { details },
    );
  }
  const [what, hint] = refusals[status] ?? [
    'refuses the tunnel',
    'try again; if it stays, show this line to the administrator of the endpoint',
  ];
  return new BaiError(`tunnel-refused-${status}`, `${host} ${what} (${said})`, hint, {
    details: text === null ? details : { ...details, problem: text },
  });
}

/** The answer to the upgrade was not one that RFC 6455, section 4.1 allows. */
export function upgradeBroken(host: string, found: string): BaiError {
  return new BaiError(
    'tunnel-upgrade-broken',
    `${host} gave a wrong answer to the WebSocket upgrade: ${quote(found)}`,
    'something between here and the manager changes the traffic: try without proxy or VPN',
  );
}

/** The time for opening a WebSocket is over. */
class DialTimeout extends BaiError {}

/**
 * No WebSocket in time.
 * @param host who has not given a complete answer to the upgrade; `null` where there was no request yet
 */
export function dialTimeout(host: string | null, milliseconds: number): BaiError {
  const seconds = Math.round(milliseconds / 1000);
  if (host === null) {
    return new DialTimeout(
      'tunnel-request-timeout',
      `the request for the tunnel could not be made within ${seconds} s`,
      (options) => `check that the endpoint answers: bai-win sessions${options}`,
    );
  }
  return new DialTimeout(
    'tunnel-timeout',
    `${host} did not answer the tunnel request within ${seconds} s`,
    (options) => `check the network, then that the endpoint answers: bai-win sessions${options}`,
  );
}

/** Whether this is from `dialTimeout`: whoever dials now would wait as long in vain. */
export function isDialTimeout(error: unknown): error is BaiError {
  return error instanceof DialTimeout;
}

/** Those of which the system's own code is part of ours. */
const troubles: Readonly<Partial<Record<NetworkTrouble, readonly [what: string, hint: Hint]>>> = {
  refused: [
    'refuses connections',
    (options) => `check host and port of the endpoint with bai-win login --show${options}`,
  ],
  'name-unknown': [
    'is not known to the name service',
    'check the spelling of the endpoint, and that VPN or network are up',
  ],
  'name-service-silent': [
    'could not be looked up now',
    'the network seems to be down; try when it is back',
  ],
  'timed-out': [
    'does not answer on the network',
    'check that this network reaches the endpoint (VPN, firewall)',
  ],
  'no-route': ['has no route from here', 'connect to the network or VPN of the endpoint'],
  cut: [
    'hung up during the tunnel request',
    'a firewall may cut the connection; try from another network or without VPN',
  ],
};

/** The way to the manager failed before it answered. */
export function unreachable(host: string, cause: unknown): BaiError {
  const trouble = networkTrouble(cause);
  const known = trouble && troubles[trouble];
  if (known !== undefined) {
    const code = errorCode(cause)?.toLowerCase() ?? '';
    return new BaiError(`tunnel-${code}`, `${host} ${known[0]}`, known[1], { cause });
  }
  const said = cause instanceof Error ? cause.message : String(cause);
  // Node 24 and later add advice about their own command line.
  const text = quote(said.replace(/; if the root CA is installed locally.*$/u, ''));
  if (trouble !== undefined) {
    return new BaiError(
      'tunnel-tls',
      `no trusted TLS connection to ${host}: ${text}`,
      trouble === 'tls-untrusted'
        ? 'if the endpoint has a certificate of its own, name its CA file with --ca or in NODE_EXTRA_CA_CERTS'
        : (options) => `to see what is wrong with it, type: bai-win sessions${options}`,
      { cause },
    );
  }
  return new BaiError(
    'tunnel-unreachable',
    `no connection to ${host}: ${text}`,
    (options) => `check the network and the endpoint: bai-win sessions${options}`,
    { cause },
  );
}

/** The connection was closed where an answer to the upgrade was due. */
export function hungUp(host: string): BaiError {
  return new BaiError(
    'tunnel-hung-up',
    `${host} closed the connection and left the tunnel request without an answer`,
    'a proxy or firewall may forbid WebSockets; try from another network',
  );
}

/** No frame came for too long, pings included. */
export function wentSilent(host: string, milliseconds: number): BaiError {
  return new BaiError(
    'tunnel-silent',
    `nothing was heard from ${host} for ${Math.round(milliseconds / 1000)} s`,
    'the network was lost or the computer slept; connect again',
  );
}

const endings: Readonly<Record<number, readonly [code: string, what: string, hint: Hint]>> = {
  1006: [
    'tunnel-cut',
    'the tunnel broke off without a good-bye, so the transfer may be incomplete',
    'connect again and compare what was being transferred',
  ],
  1009: [
    'tunnel-too-big',
    'the manager or a proxy does not take frames of our size',
    'show this line to the administrator of the endpoint; the usual limit is 4 MiB',
  ],
  1011: [
    'tunnel-connect-failed',
    'the manager could not reach the session',
    (options) => `check with bai-win sessions${options} that the session is RUNNING, or restart it`,
  ],
  1013: [
    'tunnel-sshd-refused',
    'sshd of the session does not take connections',
    'wait until the session has started, or restart it; some images have no sshd',
  ],
};

/** The manager sent what RFC 6455 forbids, or what the tunnel never carries. */
export function protocolViolated(host: string, found: string): BaiError {
  return new BaiError(
    'tunnel-protocol',
    `${host} sent ${quote(found)}, which has no place in this tunnel`,
    'something between here and the manager changes the traffic, or the endpoint is no manager',
  );
}

/** sshd ended the connection before its first byte, each time that it was tried. */
export function closedBeforeBanner(): BaiError {
  return new BaiError(
    'tunnel-closed-before-banner',
    'sshd of the session hung up without a word',
    'it takes 5 connections that are still logging in: close some, then try again',
  );
}

/** sshd said nothing, and nobody said that it had ended the connection. */
export function sshdSilent(milliseconds: number): BaiError {
  return new BaiError(
    'tunnel-sshd-silent',
    `the tunnel is open, but sshd of the session has said nothing for ${Math.round(milliseconds / 1000)} s`,
    (options) =>
      `the session may be starting, ending, overloaded, or at its limit of 5 connections that are logging in: see bai-win sessions${options}, then try again`,
  );
}

/** Others are still logging in to the same session, and none of them got far enough in time. */
export function queuedTooLong(milliseconds: number): BaiError {
  return new BaiError(
    'tunnel-queue',
    `other connections to the session have been logging in for ${Math.round(milliseconds / 1000)} s, and sshd takes no more at once`,
    'close those that wait for a password, or let the file client open fewer connections at once',
  );
}

/**
 * We said good-bye first, since nothing more came for a client that had ended its side. Most of those
 * were closed by their users, who miss nothing; one that still waits for an answer must see a failure.
 */
export function neverFinished(): BaiError {
  return new BaiError(
    NEVER_FINISHED,
    'nothing more came after the client had ended its side, so what it got may be incomplete',
    'keep the input of the client open until it has the whole answer',
  );
}

/** The code of `neverFinished`. */
export const NEVER_FINISHED = 'tunnel-never-finished';

/**
 * What the end of a WebSocket means to the client: `null` for a good-bye (the manager sends 1001 when
 * sshd closed), else the failure.
 * @param code of the CLOSE frame (RFC 6455, section 7.4.1), or 1006 where there was none
 * @param reason text of the CLOSE frame, or what went wrong
 */
export function endedBy(code: number, reason: string): BaiError | null {
  if (code === 1000 || code === 1001) return null;
  const [id, what, hint] = endings[code] ?? [
    `tunnel-closed-${code}`,
    `the manager closed the tunnel with code ${code}`,
    'connect again; if it stays, show this line to the administrator of the endpoint',
  ];
  const said = quote(reason);
  return new BaiError(id, said === '' ? what : `${what} (${said})`, hint, { details: { code } });
}
