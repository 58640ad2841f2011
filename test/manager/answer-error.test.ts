import { describe, expect, it } from 'vitest';

import type { BaiError } from '../../src/errors.js';
import { answerError } from '../../src/manager/answer-error.js';
import { jsonFixture } from './fake-server.js';

const ASKED = {
  endpoint: 'https://api.example.com',
  method: 'GET',
  target: '/session/train-01',
  mode: 'api',
  accessKey: 'AKIAIOSFODNN7EXAMPLE',
  now: new Date('2026-01-02T03:04:05Z'),
} as const;

const problems = jsonFixture('errors.json') as {
  status: number;
  when: string;
  body: Record<string, unknown>;
}[];

function errorOf(status: number, body: unknown, headers: Record<string, string> = {}): BaiError {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return answerError({ status, headers, body: Buffer.from(text) }, ASKED);
}

/** The code that each canned error of a manager becomes, in the order of the file. */
const CODES = [
  'clock-skew',
  'version-unsupported',
  'wrong-secret-key',
  'unknown-access-key',
  'auth-failed',
  'address-not-allowed',
  'session-gone',
  'app-not-found',
  'session-name-shared',
  'url-not-found',
  'method-not-allowed',
  'api-deprecated',
  'bad-request',
  'agent-failure',
  'app-start-failed',
  'rate-limited',
  'server-frozen',
];

describe('answerError', () => {
  it.each(problems.map((problem, index) => ({ ...problem, code: CODES[index] })))(
    '$status $when',
    ({ status, body, code }) => {
      const error = errorOf(status, body);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(/^[^A-Z].*[^.]$/su);
      expect(error.hint).toMatch(/[^.]$/u);
    },
  );

  it.each([
    [403, 'insufficient-privilege', 'insufficient-privilege'],
    [403, 'generic-forbidden', 'forbidden'],
    [401, 'password-expired', 'password-expired'],
    [401, 'auth-failed', 'auth-failed'],
    [400, 'rejected-by-hook', 'rejected-by-hook'],
    [400, 'graphql-error', 'query-rejected'],
    [400, 'invalid-auth-params', 'auth-parameters-rejected'],
    [409, 'invalid-kernel-status', 'conflict'],
    [418, 'teapot', 'refused'],
    [500, 'internal-server-error', 'server-error'],
    [502, 'bad-gateway', 'bad-gateway'],
    [503, 'service-unavailable', 'service-unavailable'],
  ])('%i %s', (status, slug, code) => {
    const type = `https://api.backend.ai/probs/${slug}`;
    expect(errorOf(status, { type, title: 'Told so.' })).toMatchObject({
      code,
      message: expect.stringMatching(/Told so|signature/u) as string,
    });
  });

  it('says the same thing for no two failures', () => {
    const errors = problems.map(({ status, body }) => errorOf(status, body));
    expect(new Set(errors.map(({ message }) => message)).size).toBe(errors.length);
    expect(new Set(errors.map(({ hint }) => hint)).size).toBe(errors.length);
  });

  it('tells an ended login from a wrong key', () => {
    const body = { type: 'https://api.backend.ai/probs/auth-failed', title: 'Unauthorized access' };
    const answer = { status: 401, headers: {}, body: Buffer.from(JSON.stringify(body)) };
    expect(answerError(answer, { ...ASKED, mode: 'session' })).toMatchObject({
      code: 'login-expired',
      hint: 'sign in again: bai-win login',
    });
  });

  it('shows msg before the title, and what the agent said', () => {
    const type = 'https://api.backend.ai/probs/internal-server-error';
    expect(errorOf(500, { type, title: 'TITLE', msg: 'MSG' }).message).toMatch(/: MSG$/u);
    const agent = { title: 'AGENT', exception: "OSError('x')" };
    expect(errorOf(500, { type, title: 'TITLE', 'agent-details': agent }).message).toMatch(
      /: TITLE; OSError\('x'\)$/u,
    );
  });

  it('tells how far the clock is off and in which direction', () => {
    const [{ body } = { body: {} }] = problems;
    const behind = errorOf(400, body, { date: 'Fri, 02 Jan 2026 03:30:05 GMT' });
    expect(behind.message).toContain("is 26 minutes behind the server's");
    expect(behind.details).toEqual({ secondsAhead: -1560 });
    const ahead = errorOf(400, body, { date: 'Thu, 01 Jan 2026 18:04:05 GMT' });
    expect(ahead.message).toContain("is 9 hours ahead of the server's");
    // No Date header, or one of a proxy whose clock agrees with ours.
    for (const headers of [{}, { date: 'Fri, 02 Jan 2026 03:04:15 GMT' }]) {
      const unknown = errorOf(400, body, headers);
      expect(unknown.message).toContain("differs from the server's");
      expect(unknown.details).toEqual({ secondsAhead: null });
    }
  });

  it('lists the sessions that share a name', () => {
    const shared = problems.find(({ when }) => when.startsWith('name matches'));
    const error = errorOf(404, shared?.body);
    expect(error.details).toMatchObject({ matches: [{ name: 'train-01' }, { name: 'train-01' }] });
  });

  it('names the API endpoint where a web page answers', () => {
    const page = '<!doctype html><html><body>Not found</body></html>';
    for (const headers of [{}, { 'content-type': 'text/html; charset=utf-8' }]) {
      const error = errorOf(404, page, headers);
      expect(error).toMatchObject({ code: 'html-answer' });
      expect(error.hint).toMatch(/API endpoint/u);
    }
  });

  it('does not take the error page of a proxy for a wrong address', () => {
    const page = '<html><head><title>502 Bad Gateway</title></head></html>';
    expect(errorOf(502, page, { 'content-type': 'text/html' }).code).toBe('gateway-failure');
  });

  it.each([
    [401, 'gateway-refused'],
    [403, 'gateway-refused'],
    [429, 'rate-limited'],
  ])('nor a refusal of one (%i)', (status, code) => {
    const page = '<html><head><title>No</title></head></html>';
    const error = errorOf(status, page, { 'content-type': 'text/html' });
    expect(error.code).toBe(code);
    expect(error.message + error.hint).not.toMatch(/API endpoint/u);
  });

  it('says so where the answer is no JSON', () => {
    expect(errorOf(404, 'nope', { 'content-type': 'text/plain' }).code).toBe('not-json');
  });

  it('keeps what a server says to one line, short, and away from the terminal', () => {
    const type = 'https://api.backend.ai/probs/internal-server-error';
    const msg = `\u001b[2Jline one\r\nline two\u202e${'x'.repeat(5000)}`;
    const { message } = errorOf(500, { type, title: 't', msg });
    expect(message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(message.length).toBeLessThan(400);
  });
});
