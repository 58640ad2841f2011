import { expect, it } from 'vitest';
import type { BaiError } from '../../src/errors.js';
import * as failures from '../../src/tunnel/failures.js';

const { unreachable, upgradeRefused } = failures;

const of = (code: string, message: string) =>
  unreachable('m.example.com', Object.assign(new Error(message), { code }));

it('leaves out what Node advises those who start it themselves', () => {
  const { message, hint } = of(
    'SELF_SIGNED_CERT_IN_CHAIN',
    'self-signed certificate in certificate chain; if the root CA is installed locally, try running Node.js with --use-system-ca',
  );
  expect(message).toMatch(/m\.example\.com.*: self-signed certificate in certificate chain$/u);
  expect(hint).toContain('--ca');
});

it('names no file of authorities where none would help', () => {
  const { code, message, hint } = of('UNSPECIFIED', 'EE certificate key too weak');
  expect(code).toBe('tunnel-tls');
  expect(message).toContain('EE certificate key too weak');
  expect(hint).toBe('to see what is wrong with it, type: bai-win sessions');
});

it('takes no other protocol error for one of TLS', () => {
  expect(of('EPROTOTYPE', 'write EPROTOTYPE').code).toBe('tunnel-unreachable');
});

const probs = 'https://api.backend.ai/probs/';
const problem = (slug: string, more: object): string =>
  JSON.stringify({ type: probs + slug, ...more });

it.each([
  ['a manager', 400, problem('generic-bad-request', { title: 'Bad request.' })],
  ['a webserver', 400, 'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".'],
  [
    'an older webserver',
    500,
    problem('internal-server-error', { title: 'Something has gone wrong.' }),
  ],
])(
  'says that a proxy may not pass WebSockets on, where %s misses the upgrade',
  (_of, status, body) => {
    const { code, message, hint } = upgradeRefused('m.example.com', status, body);
    expect(code).toBe('tunnel-upgrade-lost');
    expect(message).toContain(`HTTP ${status}`);
    expect(hint).toContain('proxy');
  },
);

it.each([
  [
    400,
    problem('invalid-auth-params', {
      title: 'Missing or invalid authorization parameters.',
      msg: 'Date/time sync error',
    }),
  ],
  [400, problem('generic-bad-request', { title: 'Bad request.', msg: 'Unsupported API version.' })],
  [500, problem('internal-server-error', { title: 'Internal server error.', data: 'no sshd' })],
])('does not say so of another refusal (%i %s)', (status, body) => {
  expect(upgradeRefused('m.example.com', status, body).code).toBe(`tunnel-refused-${status}`);
});

it('tells whoever reads it to type commands for the manager that was meant', () => {
  const host = 'm.example.com';
  const statuses = [302, 400, 401, 403, 404, 429, 500, 502, 503, 418];
  const all: (BaiError | null)[] = [
    ...statuses.map((status) => upgradeRefused(host, status, '')),
    upgradeRefused(host, 200, '<html>'),
    ...['ECONNREFUSED', 'ENOTFOUND', 'UNSPECIFIED', 'EPIPE'].map((code) => of(code, 'failed')),
    ...[null, host].map((asked) => failures.dialTimeout(asked, 1_000)),
    ...[1000, 1006, 1009, 1011, 1013, 4000].map((code) => failures.endedBy(code, '')),
    failures.upgradeBroken(host, 'nothing'),
    failures.hungUp(host),
    failures.wentSilent(host, 1_000),
    failures.protocolViolated(host, 'nothing'),
    failures.closedBeforeBanner(),
    failures.sshdSilent(1_000),
    failures.queuedTooLong(1_000),
    failures.neverFinished(),
  ];
  const hints = all.flatMap((failure) => failure?.forOwner(' --profile work').hint ?? []);
  const commands = hints.flatMap((hint) => hint.match(/bai-win [^,;]*/gu) ?? []);
  expect(commands.length).toBeGreaterThan(10);
  // These are about the agent, which is one for all.
  const others = commands.filter((command) => !/^bai-win (?:status|logs|down|up)\b/u.test(command));
  for (const command of others) expect(command).toContain(' --profile work');
});
