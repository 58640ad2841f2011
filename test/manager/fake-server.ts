import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach } from 'vitest';

import { ApiCredentials } from '../../src/manager/credentials.js';

/** What a fake server saw of one request. */
export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** A canned answer: an object is sent as JSON. */
export interface Canned {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

export interface FakeServer {
  readonly url: string;
  readonly seen: Seen[];
}

const servers: http.Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

export const GREETING = { version: 'v9.20250722', manager: '26.8.1' };

/** Serves on loopback until the test ends. The greeting is answered unless `answer` does it. */
export async function serve(answer: (seen: Seen) => Canned | undefined): Promise<FakeServer> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        target: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(one);
      const canned =
        answer(one) ?? (/^\/(?:func\/)?$/u.test(one.target) ? { body: GREETING } : { status: 404 });
      const raw = Buffer.isBuffer(canned.body) || typeof canned.body === 'string';
      const type = raw ? 'application/octet-stream' : 'application/json; charset=utf-8';
      response.writeHead(canned.status ?? 200, { 'Content-Type': type, ...canned.headers });
      response.end(raw ? canned.body : JSON.stringify(canned.body ?? {}));
    });
  });
  return { url: await listen(server), seen };
}

/** Listens on a free port of 127.0.0.1 until the test ends, and returns the URL. */
export async function listen(server: http.Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The key pair of AWS's documentation: invented, valid nowhere. */
export function testCredentials(endpoint: string, alternates: string[] = []): ApiCredentials {
  return new ApiCredentials({
    endpoint,
    alternates,
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  });
}

export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/manager/${name}`, import.meta.url));
}

export function jsonFixture(name: string): unknown {
  return JSON.parse(fixture(name).toString()) as unknown;
}
