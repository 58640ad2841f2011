import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { defaultTiming } from '../../src/tunnel/timing.js';
import { ClientWebSocket } from '../../src/tunnel/websocket.js';

/** A frame with `size` bytes, as a server sends it. */
function frame(size: number): Buffer {
  const bytes = Buffer.alloc(4 + size);
  bytes.set([0x82, 126]);
  bytes.writeUInt16BE(size, 2);
  return bytes;
}

describe('memory lent to a client that does not read', () => {
  const received: Uint8Array[] = [];
  const socket = new Socket();
  const webSocket = new ClientWebSocket(
    socket,
    'host',
    {
      onData: (chunk) => received.push(chunk),
      onDrain: () => undefined,
      onEnd: () => undefined,
    },
    defaultTiming,
  );
  let held = 0;
  const hold = () => {
    held++;
    return () => undefined;
  };

  it('is not held by a few bytes', () => {
    const bytes = frame(100);
    expect(webSocket.received(bytes, bytes.length, hold)).toBe(true);
    expect(held).toBe(0);
    expect(received.at(-1)?.buffer).not.toBe(bytes.buffer);
  });

  it('is held by many, up to the window of 1 MiB', () => {
    const bytes = frame(32 * 1024);
    let reads = 0;
    while (webSocket.received(bytes, bytes.length, hold)) reads++;
    expect(held).toBe(reads + 1);
    expect(held).toBe(32);
    webSocket.abandon(null);
  });
});
