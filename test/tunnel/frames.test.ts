import { randomBytes } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { FrameError, FrameParser, headerSizeFor, writeHeader } from '../../src/tunnel/frames.js';
import { allocateMaskable, copyMasked, nextKey } from '../../src/tunnel/mask.js';

/** The parser of package `ws`, which its types leave out. */
interface WsReceiver extends EventEmitter {
  write: Writable['write'];
}
const { Receiver } = ws as unknown as {
  Receiver: new (options: { isServer: boolean; allowSynchronousEvents: boolean }) => WsReceiver;
};

interface Heard {
  payload: Buffer;
  pings: string[];
  close: number | null;
  failed: boolean;
}

/** What our parser makes of `bytes`, cut after each of `cuts`. */
function parse(bytes: Buffer, cuts: readonly number[] = []): Heard {
  const payload: Buffer[] = [];
  const heard: Heard = { payload: Buffer.alloc(0), pings: [], close: null, failed: false };
  const parser = new FrameParser({
    onPayload: (piece) => payload.push(Buffer.from(piece)),
    onPing: (ping) => heard.pings.push(ping.toString('hex')),
    onClose: (code) => (heard.close = code),
  });
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length];
  places.sort((a, b) => a - b);
  try {
    for (const [i, place] of places.entries())
      parser.push(bytes.subarray(places[i - 1] ?? 0, place));
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    heard.failed = true;
  }
  return { ...heard, payload: Buffer.concat(payload) };
}

/** What package `ws` makes of the same bytes, as the end that is `isServer` or not. */
async function parseByWs(bytes: Buffer, isServer: boolean): Promise<Heard> {
  const payload: Buffer[] = [];
  const heard: Heard = { payload: Buffer.alloc(0), pings: [], close: null, failed: false };
  const receiver = new Receiver({ isServer, allowSynchronousEvents: true });
  receiver.on('message', (data: Buffer) => payload.push(data));
  receiver.on('ping', (ping: Buffer) => heard.pings.push(ping.toString('hex')));
  receiver.on('conclude', (code: number) => (heard.close = code));
  receiver.on('error', () => (heard.failed = true));
  await new Promise((resolve) => receiver.write(bytes, resolve));
  return { ...heard, payload: Buffer.concat(payload) };
}

interface Frame {
  readonly first: number;
  readonly payload: Uint8Array;
  /** Which of the three forms of length to use at least. */
  readonly form: number;
  readonly masked: boolean;
}

/** A frame as a server could send it, right or wrong. */
function encode({ first, payload, form, masked }: Frame): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(10);
  header[0] = first;
  const size = form === 0 && length < 126 ? 2 : form < 2 && length < 65_536 ? 4 : 10;
  header[1] = (masked ? 0x80 : 0) | (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) header.writeUInt16BE(length, 2);
  if (size === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header.subarray(0, size), payload]);
}

const payload = fc.uint8Array({ maxLength: 300 });
const form = fc.constantFrom(0, 0, 0, 1, 2);
const cuts = fc.array(fc.nat(), { maxLength: 30 });

/** A message in fragments with pings between them. */
const message = fc.array(fc.tuple(payload, form, fc.option(fc.uint8Array({ maxLength: 125 }))), {
  minLength: 1,
  maxLength: 5,
});

describe('FrameParser', () => {
  it('finds payload and pings wherever the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), cuts, (messages, places) => {
        const frames: Buffer[] = [];
        const pings: string[] = [];
        const sent: Uint8Array[] = [];
        for (const fragments of messages) {
          for (const [i, [bytes, size, ping]] of fragments.entries()) {
            const final = i === fragments.length - 1 ? 0x80 : 0;
            const first = final | (i === 0 ? 2 : 0);
            frames.push(encode({ first, payload: bytes, form: size, masked: false }));
            sent.push(bytes);
            if (ping === null) continue;
            frames.push(encode({ first: 0x89, payload: ping, form: 0, masked: false }));
            pings.push(Buffer.from(ping).toString('hex'));
          }
        }
        frames.push(Buffer.from([0x88, 2, 1001 >> 8, 1001 & 255]), Buffer.from('ignored'));
        const heard = parse(Buffer.concat(frames), places);
        expect(heard).toEqual({
          payload: Buffer.concat(sent),
          pings,
          close: 1001,
          failed: false,
        });
      }),
    );
  });

  it('accepts and refuses what package ws accepts and refuses, text frames aside', async () => {
    const first = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(0x82, 0x02, 0x80, 0x00, 0x89, 0x8a) },
      { weight: 1, arbitrary: fc.nat(255) },
    );
    const frame = fc.record({
      first: first.filter((byte) => (byte & 0x0f) !== 1),
      // Of a CLOSE, ws also checks that the text is UTF-8; here it has none.
      payload: fc.oneof(payload, fc.uint8Array({ maxLength: 2 })),
      form,
      masked: fc.nat(20).map((dice) => dice === 0),
    });
    const close = fc.record({
      first: fc.constant(0x88),
      payload: fc
        .oneof(fc.integer({ min: 990, max: 1020 }), fc.nat(0xffff))
        .map((code) => Uint8Array.of(code >> 8, code & 255)),
      form,
      masked: fc.constant(false),
    });
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(frame, { maxLength: 8 })
          .map((frames) =>
            frames.filter((each) => (each.first & 0x0f) !== 8 || each.payload.length < 3),
          ),
        fc.option(close),
        async (frames, last) => {
          const bytes = Buffer.concat([...frames, ...(last === null ? [] : [last])].map(encode));
          const ours = parse(bytes);
          const theirs = await parseByWs(bytes, false);
          expect({ failed: ours.failed, pings: ours.pings }).toEqual({
            failed: theirs.failed,
            pings: theirs.pings,
          });
          // ws keeps the fragments of a message that never ends.
          expect(ours.payload.subarray(0, theirs.payload.length)).toEqual(theirs.payload);
          if (!ours.failed) expect(ours.close).toBe(theirs.close);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a text frame', [0x81, 1, 65]],
    ['a masked frame', [0x82, 0x81]],
    ['reserved bits', [0xc2, 0]],
    ['2^63 bytes', [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]],
    ['a CLOSE frame of one byte', [0x88, 1, 3]],
    ['CLOSE with the code 1005', [0x88, 2, 3, 0xed]],
    ['a control frame in pieces', [0x09, 0]],
    ['a control frame of 126 bytes', [0x89, 126, 0, 126]],
  ])('refuses %s', (_name, bytes) => {
    expect(parse(Buffer.from(bytes)).failed).toBe(true);
  });

  it('passes payload on before its frame is complete, and keeps none of it', () => {
    const header = Buffer.from([0x82, 127, 0, 0x10, 0, 0, 0, 0, 0, 0]);
    expect(parse(Buffer.concat([header, Buffer.from('begin')])).payload.toString()).toBe('begin');
  });
});

describe('frames that we send', () => {
  it.each([0, 1, 125, 126, 65_535, 65_536, 262_144])('of %d bytes are read by ws', async (size) => {
    const plain = Buffer.alloc(size, 'SSH-2.0-abcdefg');
    const header = headerSizeFor(size);
    const frame = Buffer.alloc(header + size);
    const key = nextKey();
    writeHeader(frame, 0, 2, size, key);
    copyMasked(plain, frame, header, key, 0);
    const heard = await parseByWs(frame, true);
    expect(heard.failed).toBe(false);
    expect(heard.payload.equals(plain)).toBe(true);
  });

  it.each([
    ['ordinary', (size: number) => Buffer.alloc(size)],
    ['maskable', allocateMaskable],
  ])('are masked as RFC 6455 says, in pieces of any size, in %s memory', (_name, allocate) => {
    const target = allocate(400_000);
    const piece = fc.oneof(payload, fc.constant(randomBytes(70_001)));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.nat(7), (pieces, at) => {
        const plain = Buffer.concat(pieces);
        const key = nextKey();
        const keyBytes = Buffer.alloc(4);
        keyBytes.writeUInt32LE(key);
        let phase = 0;
        for (const bytes of pieces) {
          copyMasked(bytes, target, at + phase, key, phase);
          phase += bytes.length;
        }
        const expected = plain.map((byte, i) => byte ^ (keyBytes[i % 4] ?? 0));
        expect(target.subarray(at, at + plain.length).equals(expected)).toBe(true);
      }),
    );
  });

  it('use each key once', () => {
    const keys = Array.from({ length: 3000 }, nextKey);
    expect(new Set(keys).size).toBeGreaterThan(2990);
  });
});
