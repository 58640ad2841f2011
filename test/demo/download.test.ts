import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { releaseNames, startDemo, type Demo, type ReleaseName } from '../../src/demo/index.js';
import { call, type Reply } from './client.js';

/**
 * The download table, call by call: GET with body, GET with query, POST with body, POST with query.
 * `file`: the bytes; `tar`: a tar of them; else status and end of the problem's type.
 */
const table: Record<ReleaseName, { single: string[]; multi: string[] }> = {
  '22.03': {
    single: ['tar', 'tar', '405 method-not-allowed', '405 method-not-allowed'],
    multi: ['multi', 'multi', '405 method-not-allowed', '405 method-not-allowed'],
  },
  '22.09': {
    single: ['file', 'file', '405 method-not-allowed', '405 method-not-allowed'],
    multi: ['multi', 'multi', '405 method-not-allowed', '405 method-not-allowed'],
  },
  '23.09': {
    single: ['400 invalid-api-params', 'file', '405 method-not-allowed', '405 method-not-allowed'],
    multi: ['400 invalid-api-params', 'multi', '405 method-not-allowed', '405 method-not-allowed'],
  },
  '24.03': {
    single: ['400 deprecated', '400 deprecated', 'file', 'file'],
    multi: ['400 deprecated', '400 deprecated', 'multi', 'multi'],
  },
  '25.6.0': {
    single: [
      '400 deprecated',
      '400 deprecated',
      '500 internal-server-error',
      '500 internal-server-error',
    ],
    multi: ['400 deprecated', '400 deprecated', 'multi', 'multi'],
  },
  '26.3': {
    single: ['405 method-not-allowed', '405 method-not-allowed', 'file', '400 invalid-api-params'],
    multi: ['405 method-not-allowed', '405 method-not-allowed', 'multi', '400 invalid-api-params'],
  },
  '26.4.0': {
    single: ['405 method-not-allowed', '405 method-not-allowed', '400 invalid-api-params', 'file'],
    multi: ['405 method-not-allowed', '405 method-not-allowed', 'multi', '400 invalid-api-params'],
  },
  '26.8': {
    single: ['405 method-not-allowed', '405 method-not-allowed', '400 invalid-api-params', 'file'],
    multi: ['405 method-not-allowed', '405 method-not-allowed', '400 invalid-api-params', 'multi'],
  },
};

describe.each(releaseNames)('downloads from %s', (release) => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo({ release });
  }, 60_000);
  afterAll(() => demo.close());

  /** What an answer is, in the words of the table. */
  function kind(reply: Reply, key: string): string {
    if (reply.status !== 200)
      return `${String(reply.status)} ${String(reply.json['type']).slice(29)}`;
    if (reply.bytes.toString() === key) return 'file';
    if (reply.headers.get('content-type')?.startsWith('multipart/mixed; boundary=') ?? false) {
      const start = reply.bytes.indexOf('\r\n\r\n') + 4;
      return tarContent(reply.bytes.subarray(start)) === key ? 'multi' : 'broken multipart';
    }
    return tarContent(reply.bytes) === key ? 'tar' : 'broken';
  }
  function tarContent(tar: Buffer): string {
    expect(tar.toString('latin1', 257, 262)).toBe('ustar');
    expect(tar.toString('latin1', 0, 12)).toBe('id_container');
    return tar.toString('utf8', 512, 512 + Number.parseInt(tar.toString('latin1', 124, 135), 8));
  }

  it.each(['demo', 'demo-dropbear'])('of the key of %s', async (name) => {
    const key = demo.session(name).privateKey;
    for (const [path, body, results] of [
      ['download_single?file=id_container', { file: 'id_container' }, table[release].single],
      ['download?files=id_container', { files: ['id_container'] }, table[release].multi],
    ] as const) {
      const bare = `/session/${name}/${path.split('?')[0] ?? ''}`;
      const full = `/session/${name}/${path}`;
      const seen = [
        // fetch() sends no body with GET; node:http does, and so did old clients.
        kind(await getWithBody(demo, bare, body), key),
        kind(await call(demo, 'GET', full), key),
        kind(await call(demo, 'POST', bare, body), key),
        kind(await call(demo, 'POST', full), key),
      ];
      expect(seen).toEqual(results);
    }
  });

  it('of what is not there, not allowed or too large', async () => {
    const method = Number.parseFloat(release) < 24 ? 'GET' : 'POST';
    const ask = async (name: string, file: string): Promise<string> => {
      const body = method === 'POST' ? { file, files: [file] } : undefined;
      const encoded = encodeURIComponent(file);
      const target =
        release === '25.6.0'
          ? `/session/${name}/download?files=${encoded}`
          : `/session/${name}/download_single?file=${encoded}`;
      const reply = await call(demo, method, target, body);
      expect(reply.status).toBe(500);
      expect(reply.json['type']).toMatch(/kernel-execution-failed$/);
      expect(reply.json).not.toHaveProperty('error_code');
      return (reply.json['agent-details'] as { exception: string }).exception;
    };
    const missing = Number.parseFloat(release) < 24 ? 'found the file' : 'download the archive';
    expect(await ask('demo-own-key', 'id_container')).toContain(`Could not ${missing}`);
    expect(await ask('demo', '/etc/passwd')).toContain('PermissionError');
    expect(await ask('demo', '../../etc/passwd')).toContain('PermissionError');
    await writeFile(join(demo.homeDirectory('demo'), 'big'), Buffer.alloc(1024 * 1024));
    expect(await ask('demo', 'big')).toContain('Too large');
  });
});

async function getWithBody(demo: Demo, target: string, body: object): Promise<Reply> {
  const { request } = await import('node:http');
  const { headers } = await import('./client.js');
  const text = JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request(
      demo.endpoint + target,
      {
        method: 'GET',
        headers: { ...headers(demo, 'GET', target), 'Content-Length': String(text.length) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const type = response.headers['content-type'] ?? '';
          resolve({
            status: response.statusCode ?? 0,
            headers: new Headers({ 'content-type': type }),
            bytes,
            json: type.includes('json') ? (JSON.parse(bytes.toString()) as Reply['json']) : {},
          });
        });
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
