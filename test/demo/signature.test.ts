import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo } from '../../src/demo/index.js';
import { verifySignature } from '../../src/demo/signature.js';
import { authorization, call, headers, type Signed } from './client.js';

interface Vector {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly date: string;
  readonly host: string;
  readonly content_type: string;
  readonly api_version: string;
  readonly access_key: string;
  readonly secret_key: string;
  readonly authorization: string;
}

const file = new URL('../../fixtures/manager/signing-vectors.json', import.meta.url);
const vectors = JSON.parse(await readFile(file, 'utf8')) as Vector[];
const now = Date.parse('2026-01-02T03:04:05Z');

describe.each(vectors)('$name', (vector) => {
  const request = {
    method: vector.method,
    target: vector.target,
    headers: {
      authorization: vector.authorization,
      date: vector.date,
      host: vector.host,
      'content-type': vector.content_type,
      'x-backendai-version': vector.api_version,
    },
  };
  const credential = { accessKey: vector.access_key, secretKey: vector.secret_key };

  it('is what the test client signs', () => {
    const signed: Signed = {
      ...vector,
      contentType: vector.content_type,
      apiVersion: vector.api_version,
      accessKey: vector.access_key,
      secretKey: vector.secret_key,
    };
    expect(authorization(signed)).toBe(vector.authorization);
  });

  it('is accepted, and no longer when a byte of it differs', () => {
    verifySignature(request, credential, now);
    const { authorization: value } = request.headers;
    const variants = {
      tight: value.replace(', ', ','),
      sorna: value.replace('BackendAI', 'Sorna'),
      parameters: value,
    };
    for (const accepted of Object.values(variants)) {
      const type = `${vector.content_type}; charset=utf-8`;
      verifySignature(
        {
          ...request,
          headers: { ...request.headers, authorization: accepted, 'content-type': type },
        },
        credential,
        now,
      );
    }
    const refused = [
      { ...request, method: 'PUT' },
      { ...request, target: `${request.target}&x` },
      { ...request, headers: { ...request.headers, host: 'other.example.com' } },
      { ...request, headers: { ...request.headers, 'content-type': 'text/html' } },
      { ...request, headers: { ...request.headers, 'x-backendai-version': 'v9.0' } },
    ];
    for (const forged of refused) {
      expect(() => {
        verifySignature(forged, credential, now);
      }).toThrow('wrong-signature');
    }
    expect(() => {
      verifySignature(request, { ...credential, secretKey: 'x' }, now);
    }).toThrow('wrong-signature');
    expect(() => {
      verifySignature(request, { ...credential, accessKey: 'x' }, now);
    }).toThrow('unknown-access-key');
  });

  it('is refused when the clocks differ by more than 15 minutes', () => {
    const minutes = 60_000;
    verifySignature(request, credential, now + 14.9 * minutes);
    for (const later of [now + 15.1 * minutes, now - 15.1 * minutes]) {
      expect(() => {
        verifySignature(request, credential, later);
      }).toThrow('clock-skew');
    }
  });
});

describe('the manager', () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo({ only: ['demo'] });
  }, 60_000);
  afterAll(() => demo.close());
  const target = '/session/_/match?id=de%20mo+%22{}';

  it('verifies the target as it stands on the request line', async () => {
    expect((await call(demo, 'GET', target.replace('{}', ''))).status).toBe(200);
  });

  it('takes X-BackendAI-Date, and no Content-Type for application/octet-stream', async () => {
    const { Date: date = '', ...others } = headers(demo, 'GET', '/session/_/match?id=x', {
      contentType: 'application/octet-stream',
    });
    delete others['Content-Type'];
    const response = await fetch(`${demo.endpoint}/session/_/match?id=x`, {
      headers: { ...others, 'X-BackendAI-Date': date },
    });
    expect(response.status).toBe(200);
  });

  it.each([
    ['a wrong secret', { secretKey: 'wrong' }, 401, 'HMAC signature mismatch'],
    ['an unknown key', { accessKey: 'AKIAUNKNOWN' }, 401, 'Access key not found in HMAC'],
    ['an unknown version', { apiVersion: 'v9.20990101' }, 400, 'Unsupported API version.'],
    ['an old date', { date: '2020-01-02T03:04:05Z' }, 400, 'Date/time sync error'],
  ])('refuses %s', async (_what, overrides, status, message) => {
    const reply = await call(demo, 'GET', '/session/_/match?id=x', undefined, overrides);
    expect(reply.status).toBe(status);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(reply.json['msg']).toBe(message);
    expect(reply.headers.get('x-ratelimit-window')).toBe('900');
  });

  it('refuses requests without a signature, but says hello', async () => {
    expect((await fetch(`${demo.endpoint}/session/demo`)).status).toBe(401);
    const hello = await fetch(`${demo.endpoint}/`);
    expect(await hello.json()).toEqual({ version: 'v9.20250722', manager: '26.8.1' });
  });

  it('can have a clock of its own', async () => {
    demo.setClockSkew(20 * 60_000);
    expect((await call(demo, 'GET', '/session/demo')).json['msg']).toBe('Date/time sync error');
    demo.clearFaults();
    expect((await call(demo, 'GET', '/session/demo')).status).toBe(200);
  });
});
