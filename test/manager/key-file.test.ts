import { describe, expect, it } from 'vitest';

import { apiClient } from '../../src/manager/client.js';
import { downloadKeyFile, type KeyFile } from '../../src/manager/key-file.js';
import { firstPart } from '../../src/manager/multipart.js';
import { fixture, serve, testCredentials, type Canned, type Seen } from './fake-server.js';
import { SESSION } from './running-session.js';

const PEM = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n';
const { id: ID } = SESSION;

const problem = (status: number, slug: string, rest: object = {}): Canned => ({
  status,
  headers: { 'Content-Type': 'application/problem+json' },
  body: { type: `https://api.backend.ai/probs/${slug}`, title: 'No.', ...rest },
});
const agentFault = (exception: string): Canned =>
  problem(500, 'kernel-execution-failed', { 'agent-details': { title: 'Failed.', exception } });
const MISSING = agentFault("RuntimeError('Could not download the archive to: /home/work/x')");

/** Downloads from a manager of `release` that answers as told, and returns the requests it saw. */
async function downloadFrom(
  release: string,
  answer: (seen: Seen) => Canned | undefined,
): Promise<{ outcome: KeyFile | Error; asked: string[]; seen: Seen[] }> {
  const { url, seen } = await serve((one) =>
    one.target === '/' ? { body: { version: 'v9.20250722', manager: release } } : answer(one),
  );
  const client = apiClient(testCredentials(url));
  const outcome = await downloadKeyFile(client, SESSION).catch((error: unknown) =>
    error instanceof Error ? error : new Error('not an error'),
  );
  const requests = seen.slice(1);
  return { outcome, asked: requests.map((one) => `${one.method} ${one.target}`), seen: requests };
}

const SINGLE = `/session/${ID}/download_single?file=id_container`;
const FOUND = { path: 'id_container', payload: Buffer.from(PEM) };

/** Section 5 of the protocol: what each release wants, as a server that takes nothing else. */
const PROFILES: Record<string, (seen: Seen) => Canned> = {
  '22.03.14': ({ method }) =>
    method === 'GET'
      ? { body: fixture('download_single-legacy-raw.tar') }
      : problem(405, 'method-not-allowed'),
  '22.09.10': ({ method, body }) =>
    method === 'GET' && body === '' ? { body: PEM } : problem(405, 'method-not-allowed'),
  '23.09.11': ({ method, target }) =>
    method === 'GET' && target.endsWith('?file=id_container')
      ? { body: PEM }
      : problem(405, 'method-not-allowed'),
  '24.03.7': ({ method, body }) =>
    method === 'POST' && body === '{"file":"id_container"}'
      ? { body: PEM }
      : problem(400, 'deprecated'),
  '25.6.0': ({ target, body }) => {
    if (target.includes('/download_single')) return problem(500, 'internal-server-error');
    if (body !== '{"files":["id_container"]}') return problem(400, 'invalid-api-params');
    const captured = fixture('download-multipart.http.bin');
    const end = captured.indexOf('\r\n\r\n');
    const type = /^Content-Type: (.*)\r$/imu.exec(captured.subarray(0, end).toString('latin1'));
    return { headers: { 'Content-Type': type?.[1] ?? '' }, body: captured.subarray(end + 4) };
  },
  '26.3.0': ({ method, body }) =>
    method === 'POST' && body === '{"file":"id_container"}'
      ? { body: PEM }
      : problem(405, 'method-not-allowed'),
  '26.4.0': ({ method, target }) =>
    method === 'POST' && target === SINGLE ? { body: PEM } : problem(405, 'method-not-allowed'),
};

describe('downloadKeyFile', () => {
  it.each(['22.09.10', '23.09.11', '24.03.7', '26.3.0', '26.4.0'])(
    'takes one request to a manager %s',
    async (release) => {
      const { outcome, asked } = await downloadFrom(
        release,
        (seen) => PROFILES[release]?.(seen) ?? { status: 404 },
      );
      expect(outcome).toEqual(FOUND);
      expect(asked).toHaveLength(1);
    },
  );

  it.each(['22.09.10', '24.03.7', '26.4.0'])(
    'also finds the way of %s where the manager does not say its release',
    async (release) => {
      const { outcome } = await downloadFrom(
        '',
        (seen) => PROFILES[release]?.(seen) ?? { status: 404 },
      );
      expect(outcome).toEqual(FOUND);
    },
  );

  it('returns the tar of the oldest managers as it is', async () => {
    const { outcome } = await downloadFrom(
      '22.03.14',
      (seen) => PROFILES['22.03.14']?.(seen) ?? { status: 404 },
    );
    expect(outcome).toEqual({
      path: 'id_container',
      payload: fixture('download_single-legacy-raw.tar'),
    });
  });

  it('falls back to the multipart sibling where 25.6.0 always fails', async () => {
    const { outcome, asked } = await downloadFrom(
      '25.6.0',
      (seen) => PROFILES['25.6.0']?.(seen) ?? { status: 404 },
    );
    expect(asked).toEqual([`POST ${SINGLE}`, `POST /session/${ID}/download?files=id_container`]);
    if (outcome instanceof Error) throw outcome;
    // A tar: 512-byte header with the magic of POSIX.1-1988 at 257, content after it.
    expect(outcome.payload.length % 512).toBe(0);
    expect(outcome.payload.subarray(257, 262).toString()).toBe('ustar');
    expect(outcome.payload.subarray(512, 543).toString()).toBe('-----BEGIN RSA PRIVATE KEY-----');
  });

  it('tries the other places where a key may be', async () => {
    const { outcome, asked } = await downloadFrom('26.8.1', ({ target }) =>
      target.endsWith('?file=.ssh%2Fid_rsa') ? { body: PEM } : MISSING,
    );
    expect(outcome).toEqual({ path: '.ssh/id_rsa', payload: Buffer.from(PEM) });
    expect(asked.map((line) => line.split('=')[1])).toEqual([
      'id_container',
      '.ssh%2Fid_container',
      '.ssh%2Fid_rsa',
    ]);
  });

  it.each([
    ['26.8.1', "RuntimeError('Could not download the archive to: /home/work/id_container')"],
    ['23.09.11', "ValueError('Could not found the file: id_container')"],
  ])('explains a session without a key file on %s', async (release, exception) => {
    const { outcome } = await downloadFrom(release, () => agentFault(exception));
    expect(outcome).toMatchObject({
      code: 'key-file-missing',
      hint: expect.stringMatching(/mounted \.ssh folder.*your own key.*--identity FILE/u) as string,
    });
  });

  it.each([
    ["PermissionError('You cannot download files outside /home/work')", 'key-file-not-permitted'],
    ["ValueError('Too large archive file')", 'key-file-too-large'],
    ["ConnectionResetError('kernel is gone')", 'agent-failure'],
  ])('stops at %s', async (exception, code) => {
    const { outcome, asked } = await downloadFrom('26.8.1', () => agentFault(exception));
    expect(outcome).toMatchObject({ code });
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['404 for the session', problem(404, 'object-not-found'), 'session-gone', 1],
    ['401', problem(401, 'auth-failed'), 'auth-failed', 1],
    ['a refusal of both methods', problem(405, 'method-not-allowed'), 'method-not-allowed', 2],
    ['failure of both endpoints', problem(500, 'internal-server-error'), 'server-error', 2],
    [
      'a web page',
      { headers: { 'Content-Type': 'text/html' }, body: '<html></html>' },
      'html-answer',
      1,
    ],
    [
      'a broken multipart',
      { headers: { 'Content-Type': 'multipart/mixed; boundary=abc' }, body: '--abc\r\n' },
      'key-file-garbled',
      1,
    ],
    ['endless bytes', { body: Buffer.alloc(2 * 1024 * 1024) }, 'answer-too-large', 1],
  ])('passes on %s', async (_what, answer, code, requests) => {
    const { outcome, asked } = await downloadFrom('26.8.1', () => answer);
    expect(outcome).toMatchObject({ code });
    expect(asked).toHaveLength(requests);
  });
});

describe('firstPart', () => {
  it.each([
    ['multipart/mixed; boundary=b', '--b\r\nA: 1\r\n\r\nbody\r\n--b--\r\n', 'body'],
    ['multipart/mixed; boundary="b c"', '--b c\r\n\r\nbody\r\n--b c--', 'body'],
    ['multipart/mixed; charset=x; boundary=b', 'preamble\r\n--b\r\n\r\n\r\n--b--', ''],
    ['multipart/mixed; boundary=b', '--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--', 'one'],
  ])('reads %s', (type, body, expected) => {
    expect(firstPart(type, Buffer.from(body))?.toString()).toBe(expected);
  });

  it.each([
    ['multipart/mixed', '--b\r\n\r\nbody\r\n--b--'],
    ['application/json; boundary=b', '--b\r\n\r\nbody\r\n--b--'],
    ['multipart/mixed; boundary=b', '--b\r\n\r\nbody'],
    ['multipart/mixed; boundary=b', '--b\r\nA: 1\r\n'],
    ['multipart/mixed; boundary=b', ''],
    [`multipart/mixed; boundary=${'b'.repeat(71)}`, `--${'b'.repeat(71)}\r\n\r\nx\r\n--`],
  ])('refuses %s %j', (type, body) => {
    expect(firstPart(type, Buffer.from(body))).toBeUndefined();
  });
});
