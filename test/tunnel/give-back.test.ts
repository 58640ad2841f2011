import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { markAsUntransferable } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { giveBack } from '../../src/tunnel/give-back.js';

const KiB = 1024;

describe('memory that is given back', () => {
  it('is gone for its owner, at once and without a garbage collection', () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) {
      const chunk = Buffer.allocUnsafeSlow(64 * KiB);
      giveBack(chunk);
      expect(chunk.length).toBe(0);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * KiB);
  });

  it('may be a chunk of a socket', async () => {
    const sizes: number[] = [];
    const server = createServer((socket) => {
      socket.on('data', (chunk) => {
        if (chunk.length < 64 * KiB) return;
        giveBack(chunk);
        sizes.push(chunk.length);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client: Socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    client.end(randomBytes(4 * KiB * KiB));
    await once(client, 'close');
    server.close();
    expect(sizes.length).toBeGreaterThan(0);
    expect(new Set(sizes)).toEqual(new Set([0]));
  });

  it('is not the memory of others', () => {
    const whole = Buffer.from(new ArrayBuffer(128 * KiB)).fill(7);
    giveBack(whole.subarray(0, 64 * KiB));
    expect(whole.equals(Buffer.alloc(128 * KiB, 7))).toBe(true);
  });

  it('is left alone where it is not worth the effort, and where it is marked as not transferable', () => {
    const few = Buffer.from(new ArrayBuffer(100));
    const marked = Buffer.from(new ArrayBuffer(64 * KiB));
    markAsUntransferable(marked.buffer);
    for (const chunk of [few, marked]) {
      const { length } = chunk;
      giveBack(chunk);
      expect(chunk.length).toBe(length);
    }
  });
});
