import { inspect } from 'node:util';

import { describe, expect, it } from 'vitest';

import { parseDotEnv } from '../../src/manager/dotenv.js';
import { credentialsFromEnv } from '../../src/manager/environment.js';

describe('parseDotEnv', () => {
  it.each([
    ['plain', 'BACKEND_ENDPOINT=https://api.example.com', 'https://api.example.com'],
    ['export', 'export BACKEND_ENDPOINT=https://api.example.com', 'https://api.example.com'],
    ['cmd', 'set BACKEND_ENDPOINT=https://api.example.com', 'https://api.example.com'],
    ['PowerShell', '$env:BACKEND_ENDPOINT = "https://a.example"', 'https://a.example'],
    ['single quotes', "BACKEND_ENDPOINT='a b # c'", 'a b # c'],
    ['double quotes', 'BACKEND_ENDPOINT="a \\"b\\" # c" # note', 'a "b" # c'],
    ['backslashes in quotes', 'BACKEND_ENDPOINT="C:\\new\\table"', 'C:\\new\\table'],
    ['a comment after', 'BACKEND_ENDPOINT=x #y', 'x'],
    ['a hash inside', 'BACKEND_ENDPOINT=x#y', 'x#y'],
    ['blanks', '  BACKEND_ENDPOINT =  x  ', 'x'],
    ['an equals sign inside', 'BACKEND_ENDPOINT=a=b==', 'a=b=='],
    ['nothing', 'BACKEND_ENDPOINT=', ''],
    ['a semicolon after quotes', 'export BACKEND_ENDPOINT="x";', 'x'],
    ['a byte order mark', '\uFEFFBACKEND_ENDPOINT=x', 'x'],
    ['a later assignment', 'BACKEND_ENDPOINT=x\r\nBACKEND_ENDPOINT=y\r\n', 'y'],
  ])('reads %s', (_what, text, value) => {
    expect(parseDotEnv(text)).toEqual({ BACKEND_ENDPOINT: value });
  });

  it('passes over what assigns nothing', () => {
    expect(parseDotEnv('# BACKEND_ENDPOINT=x\n\necho hello\n=y\n1A=z\n')).toEqual({});
  });
});

describe('credentialsFromEnv', () => {
  it('reads the names of the Python client', () => {
    const read = credentialsFromEnv({
      BACKEND_ENDPOINT: 'https://a.example, https://b.example',
      BACKEND_ENDPOINT_TYPE: 'session',
      BACKEND_ACCESS_KEY: 'AK',
      BACKEND_SECRET_KEY: 'SECRET',
      BACKEND_SKIP_SSLCERT_VALIDATION: 'Yes',
    });
    expect(read).toMatchObject({
      endpoints: ['https://a.example', 'https://b.example'],
      mode: 'session',
      accessKey: 'AK',
      skipCertificateCheck: true,
    });
    expect(read.secretKey).toBe('SECRET');
    expect(inspect(read) + JSON.stringify(read)).not.toContain('SECRET');
  });

  it('takes SORNA_ as an alias that BACKEND_ overrides', () => {
    const read = credentialsFromEnv({
      SORNA_ENDPOINT: 'https://old.example',
      SORNA_ACCESS_KEY: 'OLD',
      BACKEND_ACCESS_KEY: 'NEW',
    });
    expect(read).toMatchObject({ endpoints: ['https://old.example'], accessKey: 'NEW' });
  });

  it('invents nothing', () => {
    expect(credentialsFromEnv({ BACKEND_ACCESS_KEY: ' ' })).toMatchObject({
      endpoints: [],
      mode: 'api',
      accessKey: undefined,
      skipCertificateCheck: false,
    });
  });
});
