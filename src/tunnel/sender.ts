import type { Writable } from 'node:stream';
import { BlockPool, type Block } from './blocks.js';
import { HEADER_ROOM, headerSizeFor, opcodes, writeHeader } from './frames.js';
import { allocateMaskable, copyMasked, nextKey } from './mask.js';
import { Window } from './window.js';

/** Largest payload of a frame that we send: what the manager sends, and 16 times below any limit. */
const MAX_FRAME = 256 * 1024;

/** What one read of Node returns at most: a chunk of this size says that more is waiting. */
const FULL_READ = 64 * 1024;

/** Memory of frames under way, shared by all connections: as many are kept as can be masked in place. */
const pool = new BlockPool(() => allocateMaskable(HEADER_ROOM + MAX_FRAME), 15);

/** A frame that is being put together: its payload is masked as it comes, its header written last. */
interface Frame {
  readonly block: Block;
  readonly key: number;
  size: number;
}

/**
 * Writes masked frames (RFC 6455, section 5). Bytes that come in full reads are gathered into frames
 * of up to 256 KiB, which cost the manager and the system least; anything else goes out at once.
 * There is no waiting for more: what was gathered is sent in the same turn of the event loop.
 */
export class FrameSender {
  readonly #socket: Writable;
  readonly #onSent: () => void;
  /** Payload bytes of binary frames that the system has not taken yet. */
  readonly pending = new Window();
  #frame: Frame | null = null;
  #scheduled: NodeJS.Immediate | null = null;

  /** @param onSent called when `pending` went down */
  constructor(socket: Writable, onSent: () => void) {
    this.#socket = socket;
    this.#onSent = onSent;
  }

  /** Sends bytes as one binary frame, or as a part of one. They are copied. */
  binary(chunk: Uint8Array): void {
    const size = chunk.length;
    this.pending.add(size);
    if (this.#frame === null && size < FULL_READ) {
      this.#writeAlone(opcodes.binary, chunk, () => {
        this.#sent(size);
      });
      return;
    }
    for (let at = 0; at < size;) at += this.#gather(chunk.subarray(at));
    if (size < FULL_READ) this.#flush();
    else
      this.#scheduled ??= setImmediate(() => {
        this.#flush();
      });
  }

  /** Sends a control frame after everything before. */
  control(opcode: number, payload: Uint8Array, sent?: () => void): void {
    this.#flush();
    this.#writeAlone(opcode, payload, () => sent?.());
  }

  /** Adds to the frame in hand as much as fits; returns how much that was. */
  #gather(bytes: Uint8Array): number {
    this.#frame ??= { block: pool.take(), key: nextKey(), size: 0 };
    const frame = this.#frame;
    const part = bytes.subarray(0, MAX_FRAME - frame.size);
    copyMasked(part, frame.block.bytes, HEADER_ROOM + frame.size, frame.key, frame.size);
    frame.size += part.length;
    if (frame.size === MAX_FRAME) this.#flush();
    return part.length;
  }

  /** Sends what was gathered. */
  #flush(): void {
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
    this.#scheduled = null;
    if (this.#frame === null) return;
    const { block, key, size } = this.#frame;
    this.#frame = null;
    const start = HEADER_ROOM - headerSizeFor(size);
    writeHeader(block.bytes, start, opcodes.binary, size, key);
    this.#write(block.bytes.subarray(start, HEADER_ROOM + size), () => {
      pool.release(block);
      this.#sent(size);
    });
  }

  #writeAlone(opcode: number, payload: Uint8Array, sent: () => void): void {
    const header = headerSizeFor(payload.length);
    const bytes = Buffer.allocUnsafe(header + payload.length);
    const key = nextKey();
    writeHeader(bytes, 0, opcode, payload.length, key);
    copyMasked(payload, bytes, header, key, 0);
    this.#write(bytes, sent);
  }

  #write(bytes: Buffer, sent: () => void): void {
    if (this.#socket.writable) this.#socket.write(bytes, sent);
    else sent();
  }

  #sent(size: number): void {
    this.pending.add(-size);
    this.#onSent();
  }
}
