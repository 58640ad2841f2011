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

/** Lets go of what it was given. */
type Give = () => void;

/** A link whose client takes nothing, and how much it has been lent. */
function startStalled(): {
  readonly link: ClientWebSocket;
  readonly received: Uint8Array[];
  readonly releases: Give[];
  readonly hold: () => () => void;
  /** Reads that hold memory. */
  readonly held: () => number;
} {
  const received: Uint8Array[] = [];
  const releases: Give[] = [];
  let held = 0;
  const events = {
    onData: (chunk: Uint8Array, release: Give) => {
      received.push(chunk);
      releases.push(release);
    },
    onDrain: () => undefined,
    onEnd: () => undefined,
  };
  const hold = () => {
    held++;
    return () => held--;
  };
  const link = new ClientWebSocket(new Socket(), 'host', events, defaultTiming);
  return { link, received, releases, hold, held: () => held };
}

/** Reads 32 KiB after 32 KiB until the link has enough. */
function fill({ link, hold }: ReturnType<typeof startStalled>): void {
  const bytes = frame(32 * 1024);
  while (link.received(bytes, bytes.length, hold));
}

describe('memory lent to a client that does not read', () => {
  const stalled = startStalled();

  it('is not held by a few bytes', () => {
    const bytes = frame(100);
    expect(stalled.link.received(bytes, bytes.length, stalled.hold)).toBe(true);
    expect(stalled.held()).toBe(0);
    expect(stalled.received.at(-1)?.buffer).not.toBe(bytes.buffer);
  });

  it('is held by many, up to the window of 1 MiB', () => {
    fill(stalled);
    expect(stalled.held()).toBe(32);
  });

  it('is much less for each of many, until they let go', () => {
    const others = Array.from({ length: 199 }, startStalled);
    for (const other of others) fill(other);
    const all = [stalled, ...others];
    const lent = all.reduce((sum, { held }) => sum + held(), 0) * 32 * 1024;
    expect(lent).toBeLessThan(20 * 1024 * 1024);
    for (const { link, releases } of all) {
      link.abandon(null);
      for (const release of releases) release();
    }
    const next = startStalled();
    fill(next);
    expect(next.held()).toBe(32);
    next.link.abandon(null);
  });
});
