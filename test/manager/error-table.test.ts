import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo, type FaultAnswer } from '../../src/demo/index.js';
import { apiClient, loginClient, type ManagerClient } from '../../src/manager/client.js';
import { Connection } from '../../src/manager/connection.js';
import { ApiCredentials } from '../../src/manager/credentials.js';
import { parseEndpoint } from '../../src/manager/endpoint.js';
import { login } from '../../src/manager/login.js';
import { listSessions } from '../../src/manager/session-list.js';

/**
 * Every error that a site can answer with (protocol section 1.6), by the demo's name for it, and what
 * the person reads: SITE stands for the endpoint, ADDRESS for what was asked, KEY for the access key.
 */
type Words = readonly [code: string, message: string, hint: string];
const BOTH: readonly (readonly [FaultAnswer, ...Words])[] = [
  [
    'bad-request',
    'bad-request',
    'the manager did not accept POST ADDRESS: Bad request',
    'run it again with --verbose; this is worth a bug report for bai-win',
  ],
  [
    'reset',
    'connection-lost',
    'SITE closed the connection before the answer was complete',
    'try again; if it stays so, a proxy or firewall in between may be cutting it',
  ],
  [
    'address-not-allowed',
    'address-not-allowed',
    "this account may not be used from here: '203.0.113.9' is not allowed IP address",
    'connect from an allowed network (VPN), or have this address added to the account',
  ],
  [
    'password-expired',
    'password-expired',
    'the password of this account has expired: Password has expired',
    'set a new password in the web console, then try again',
  ],
  [
    'forbidden',
    'forbidden',
    'the manager forbids POST ADDRESS: Forbidden operation',
    'sign in as the one whose session it is: bai-win login',
  ],
  [
    'insufficient-privilege',
    'insufficient-privilege',
    'access key KEY may not do this: Insufficient privilege',
    'ask the administrator for the right, or sign in with another key: bai-win login',
  ],
  [
    'no-such-session',
    'session-gone',
    'the manager knows no such session: No such session',
    'it has ended, or belongs to another access key; bai-win sessions lists yours',
  ],
  [
    'no-such-app',
    'app-not-found',
    'the session does not offer this service: No such app service',
    'sshd is there once the session is RUNNING; see bai-win sessions',
  ],
  [
    'too-many-sessions',
    'session-name-shared',
    'several sessions have this name: Too many sessions matched',
    'name the session by its id; bai-win sessions lists them',
  ],
  [
    'url-not-found',
    'url-not-found',
    'SITE has no ADDRESS: Unknown URL path',
    'check the endpoint: the address of the manager or the web console, with its path prefix if it has one',
  ],
  [
    'method-not-allowed',
    'method-not-allowed',
    'SITE does not take POST ADDRESS: HTTP Method Not Allowed',
    'this release of Backend.AI may be one that bai-win does not know; update bai-win',
  ],
  [
    'invalid-kernel-status',
    'conflict',
    'the session is in no state for this: Invalid kernel status',
    'wait until bai-win sessions shows it as RUNNING, then try again',
  ],
  [
    'active-login-session',
    'too-many-logins',
    'the account has as many logins as the site allows: Too many concurrent login sessions for this user',
    'sign in anew and let the oldest of them end: bai-win login --force',
  ],
  [
    'rate-limited',
    'rate-limited',
    'the request limit of access key KEY is used up: You have reached your API query rate limit',
    'wait; the manager counts over 15 minutes',
  ],
  [
    'agent-failure',
    'agent-failure',
    "the session's machine could not do it: Executing user code in the kernel has failed",
    'see in the web console whether the session is healthy, then try again',
  ],
  [
    'internal-error',
    'server-error',
    'the manager failed (500): Internal server error',
    'try again in a minute; if it stays so, tell the administrator these words',
  ],
  [
    'sshd-failed',
    'app-start-failed',
    'the service in the session did not start: Failed to launch the app service; the process did not start properly: /opt/kernel/dropbearmulti',
    'restart the session, or start a new one',
  ],
  [
    'bad-gateway',
    'bad-gateway',
    'SITE cannot reach the manager behind it: The proxy target server is inaccessible',
    'try again in a minute; if it stays so, tell the administrator',
  ],
  [
    'service-unavailable',
    'service-unavailable',
    'the manager cannot serve this now: Serivce unavailable',
    'try again in a minute; if it stays so, tell the administrator these words',
  ],
  [
    'frozen',
    'server-frozen',
    'the manager is frozen for maintenance: The server is frozen due to maintenance. Please try again later',
    'try again after the maintenance; the administrator knows when that is',
  ],
  [
    'deprecated',
    'api-deprecated',
    'this manager no longer offers POST ADDRESS: This API is deprecated',
    'update bai-win',
  ],
  [
    'rejected-by-hook',
    'rejected-by-hook',
    'a plugin of the site refused the request: OTP not provided',
    'ask the administrator what that plugin wants',
  ],
  [
    'invalid-parameters',
    'bad-request',
    'the manager did not accept POST ADDRESS: Missing or invalid API parameters',
    'run it again with --verbose; this is worth a bug report for bai-win',
  ],
  [
    'unsupported-version',
    'version-unsupported',
    'the manager does not speak the API version that bai-win used: Unsupported API version',
    'update bai-win; the manager may have been upgraded this minute, so try once more first',
  ],
];

/** Those that mean something else where the web console signs. */
const BY_KEY_PAIR: typeof BOTH = [
  [
    'clock-skew',
    'clock-skew',
    "this computer's clock differs from the server's; the manager allows 15 minutes",
    'set the date, time and time zone of this computer (Windows: Settings, Time & language, Sync now)',
  ],
  [
    'bad-authorization',
    'auth-parameters-rejected',
    'the manager could not read the signature: Missing or invalid authorization parameters',
    'a proxy in between may be changing headers; try without it',
  ],
  [
    'html',
    'html-answer',
    'SITE answers with a web page (status 200), so it is not an API endpoint',
    "give the API endpoint instead of the web console's address; SITE/config.toml may name it as apiEndpoint",
  ],
  [
    'wrong-signature',
    'wrong-secret-key',
    'the secret key does not belong to access key KEY: HMAC signature mismatch',
    'enter the key pair again: bai-win login; if it is right, a proxy is rewriting the address',
  ],
  [
    'unknown-access-key',
    'unknown-access-key',
    'SITE does not know access key KEY, or it is inactive',
    'check the endpoint and the key pair in the web console, then run bai-win login',
  ],
  [
    'no-authorization',
    'auth-failed',
    'SITE does not accept access key KEY: Unauthorized access',
    'the key pair is wrong, inactive or of another site; enter it again: bai-win login',
  ],
];
const BY_LOGIN: typeof BOTH = [
  [
    'clock-skew',
    'console-signs-wrongly',
    'the manager behind SITE does not take what the web console signed: Date/time sync error',
    'tell the administrator: the clocks of both servers may differ, or a proxy between them changes headers',
  ],
  [
    'bad-authorization',
    'console-signs-wrongly',
    'the manager behind SITE does not take what the web console signed: Missing or invalid authorization parameters',
    'tell the administrator: the clocks of both servers may differ, or a proxy between them changes headers',
  ],
  [
    'html',
    'console-html-answer',
    'SITE answers with a web page (status 200) where its API should be',
    'open that address in the browser: a sign-in page of the network, or maintenance, may be in the way',
  ],
  [
    'wrong-signature',
    'login-expired',
    'the login at SITE has ended: HMAC signature mismatch',
    'sign in again: bai-win login',
  ],
  [
    'unknown-access-key',
    'login-expired',
    'the login at SITE has ended: Access key not found in HMAC',
    'sign in again: bai-win login',
  ],
  [
    'no-authorization',
    'login-expired',
    'the login at SITE has ended: Unauthorized access',
    'sign in again: bai-win login',
  ],
];

let demo: Demo;
let clients: Record<'api' | 'session', ManagerClient>;

beforeAll(async () => {
  demo = await startDemo({ only: ['demo'] });
  const { managerEndpoint: endpoint, accessKey, secretKey } = demo;
  const options = { sleep: () => Promise.resolve() };
  const outcome = await login(new Connection(parseEndpoint(demo.webEndpoint)), demo.login);
  if (outcome.kind !== 'signed-in') throw outcome.error;
  clients = {
    api: apiClient(new ApiCredentials({ endpoint, accessKey, secretKey }), options),
    session: loginClient(outcome.credentials, options),
  };
}, 60_000);
afterEach(() => {
  demo.clearFaults();
});
afterAll(() => demo.close());

async function expectWords(
  mode: 'api' | 'session',
  fault: FaultAnswer,
  words: Words,
): Promise<void> {
  demo.failRequests(fault, { target: /gql/u });
  const [code, message, hint] = words.map((text) =>
    text
      .replaceAll('SITE', mode === 'api' ? demo.managerEndpoint : demo.webEndpoint)
      .replaceAll('ADDRESS', mode === 'api' ? '/admin/gql' : '/func/admin/gql')
      .replaceAll('KEY', demo.accessKey),
  );
  await expect(listSessions(clients[mode])).rejects.toMatchObject({ code, message, hint });
}

describe('by a key pair', () => {
  it.each([...BOTH, ...BY_KEY_PAIR])('%s is %s: %s', async (fault, ...words) => {
    await expectWords('api', fault, words);
  });
});

describe('by a login', () => {
  it.each([...BOTH, ...BY_LOGIN])('%s is %s: %s', async (fault, ...words) => {
    await expectWords('session', fault, words);
  });
});

it('says the same thing for no two errors', () => {
  const said = (rows: typeof BOTH): string[] => rows.map(([, , message]) => message);
  for (const all of [said([...BOTH, ...BY_KEY_PAIR]), said([...BOTH, ...BY_LOGIN])]) {
    expect(new Set(all).size).toBe(all.length);
  }
});
