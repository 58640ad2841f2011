import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { authorization } from '../../src/manager/signing.js';
import { jsonFixture, testCredentials } from './fake-server.js';

interface Vector {
  name: string;
  method: string;
  target: string;
  date: string;
  host: string;
  content_type: string;
  api_version: string;
  access_key: string;
  secret_key: string;
  authorization: string;
}

const vectors = jsonFixture('signing-vectors.json') as Vector[];

const parts = (vector: Vector): Parameters<typeof authorization>[0] => ({
  method: vector.method,
  target: vector.target,
  date: vector.date,
  host: vector.host,
  contentType: vector.content_type,
  apiVersion: vector.api_version,
  accessKey: vector.access_key,
  secretKey: vector.secret_key,
});

describe('authorization', () => {
  it.each(vectors)('reproduces $name', (vector) => {
    expect(authorization(parts(vector))).toBe(vector.authorization);
  });

  it('signs the media type without its parameters and in lower case', () => {
    for (const vector of vectors) {
      const contentType = `${vector.content_type.toUpperCase()}; charset=UTF-8`;
      expect(authorization({ ...parts(vector), contentType })).toBe(vector.authorization);
    }
  });

  it('signs the method in upper case', () => {
    for (const vector of vectors) {
      const method = vector.method.toLowerCase();
      expect(authorization({ ...parts(vector), method })).toBe(vector.authorization);
    }
  });

  it('refuses a date that shows no day', () => {
    const [vector] = vectors;
    if (vector === undefined) throw new Error('no vectors');
    expect(() => authorization({ ...parts(vector), date: 'Fri, 02 Jan 2026' })).toThrow(RangeError);
  });
});

describe('credentials', () => {
  it('do not show their secret when printed, serialised or spread', () => {
    const credentials = testCredentials('https://api.example.com');
    const shown = [
      inspect(credentials, { depth: 5, showHidden: true, getters: false }),
      JSON.stringify(credentials),
      JSON.stringify(Object.assign({}, credentials)),
    ].join('\n');
    expect(shown).toContain('AKIAIOSFODNN7EXAMPLE');
    expect(shown).not.toContain(credentials.secretKey);
  });
});
