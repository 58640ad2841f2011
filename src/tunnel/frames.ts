/** Opcodes of RFC 6455, section 5.2. */
export const opcodes = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** Longest payload of a control frame (RFC 6455, section 5.5). */
const MAX_CONTROL = 125;
/** Longest header of a frame that is not masked: 2 bytes and a length of 8. */
const MAX_HEADER = 10;

/** The other side sent what it must not; the message says what, as in "sent …". */
export class FrameError extends Error {
  override readonly name = 'FrameError';
  /** For the CLOSE frame that answers it: 1002 protocol error, 1003 data that we cannot accept. */
  readonly closeCode: 1002 | 1003;

  constructor(message: string, closeCode: 1002 | 1003 = 1002) {
    super(message);
    this.closeCode = closeCode;
  }
}

interface FrameEvents {
  /** The next bytes of binary messages; a view of what was pushed. */
  onPayload(bytes: Uint8Array): void;
  onPing(payload: Buffer): void;
  /** @param code 1005 where the frame has none (RFC 6455, section 7.1.5) */
  onClose(code: number, reason: string): void;
}

/**
 * Reads the frames of a WebSocket server out of a stream cut anywhere (RFC 6455, section 5). Messages
 * are never put together: payload is passed on as it comes, whatever length its frame claims.
 */
export class FrameParser {
  readonly #events: FrameEvents;
  readonly #header = Buffer.alloc(MAX_HEADER);
  #have = 0;
  #need = 2;
  /** Payload bytes of the current frame that are still to come. */
  #rest = 0;
  /** Payload of the current control frame so far, `null` in data frames. */
  #control: Buffer | null = null;
  #controlSize = 0;
  #insideMessage = false;
  #closed = false;

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /**
   * Takes the next bytes: the first `size` of `bytes`. What follows a CLOSE frame is ignored.
   * @throws FrameError where they are not what a server may send; the parser is of no use then
   */
  push(bytes: Uint8Array, size = bytes.length): void {
    let at = 0;
    while (at < size && !this.#closed) {
      if (this.#rest === 0) {
        at = this.#readHeader(bytes, at, size);
        continue;
      }
      const end = Math.min(size, at + this.#rest);
      const piece = bytes.subarray(at, end);
      this.#rest -= end - at;
      at = end;
      if (this.#control === null) this.#events.onPayload(piece);
      else this.#readControl(this.#control, piece);
    }
  }

  #readHeader(bytes: Uint8Array, start: number, size: number): number {
    let at = start;
    while (at < size && this.#have < this.#need) {
      this.#header[this.#have++] = bytes[at++] ?? 0;
      if (this.#have === 2) this.#need = headerSize(this.#header);
    }
    if (this.#have === this.#need) {
      this.#have = 0;
      this.#need = 2;
      this.#begin();
    }
    return at;
  }

  /** Acts on a complete header. */
  #begin(): void {
    const header = this.#header;
    const first = header.readUInt8(0);
    const opcode = first & 0x0f;
    const final = (first & 0x80) !== 0;
    if ((first & 0x70) !== 0) throw new FrameError('a frame with reserved bits, as if compressed');
    this.#rest = payloadSize(header);
    if (opcode >= 8) {
      this.#beginControl(opcode, final);
      return;
    }
    this.#control = null;
    if (opcode === opcodes.text) throw new FrameError('a text frame', 1003);
    if (opcode > opcodes.binary) throw new FrameError(`a frame of unknown kind ${opcode}`);
    if (opcode === opcodes.continuation && !this.#insideMessage) {
      throw new FrameError('a continuation of no message');
    }
    if (opcode === opcodes.binary && this.#insideMessage) {
      throw new FrameError('a new message inside another');
    }
    this.#insideMessage = !final;
  }

  #beginControl(opcode: number, final: boolean): void {
    if (opcode > opcodes.pong) throw new FrameError(`a control frame of unknown kind ${opcode}`);
    if (!final) throw new FrameError('a control frame in pieces');
    if ((this.#header.readUInt8(1) & 0x7f) > MAX_CONTROL) {
      throw new FrameError(`a control frame of more than ${MAX_CONTROL} bytes`);
    }
    this.#control = Buffer.alloc(this.#rest);
    this.#controlSize = 0;
    // The first byte of the header stays until the next header: it says which kind this is.
    if (this.#rest === 0) this.#endControl(this.#control);
  }

  #readControl(payload: Buffer, piece: Uint8Array): void {
    payload.set(piece, this.#controlSize);
    this.#controlSize += piece.length;
    if (this.#controlSize === payload.length) this.#endControl(payload);
  }

  #endControl(payload: Buffer): void {
    const opcode = this.#header.readUInt8(0) & 0x0f;
    if (opcode === opcodes.ping) this.#events.onPing(payload);
    if (opcode !== opcodes.close) return;
    this.#closed = true;
    const code = closeCode(payload);
    this.#events.onClose(code, payload.subarray(2).toString());
  }
}

/** Bytes of a header, known from its first two. */
function headerSize(header: Buffer): number {
  const second = header.readUInt8(1);
  if ((second & 0x80) !== 0) throw new FrameError('a masked frame, which only clients send');
  const length = second & 0x7f;
  if (length < 126) return 2;
  return length === 126 ? 4 : 10;
}

function payloadSize(header: Buffer): number {
  const length = header.readUInt8(1) & 0x7f;
  if (length < 126) return length;
  if (length === 126) return header.readUInt16BE(2);
  const size = header.readBigUInt64BE(2);
  // The top bit must be 0; numbers beyond 2^53 cannot be counted down exactly, nor ever be sent.
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new FrameError(`a frame of ${size} bytes`);
  return Number(size);
}

/** The code of a CLOSE frame. Which ones may be sent: RFC 6455, section 7.4, and IANA's registry. */
function closeCode(payload: Buffer): number {
  if (payload.length === 0) return 1005;
  if (payload.length === 1) throw new FrameError('a CLOSE frame of one byte');
  const code = payload.readUInt16BE(0);
  const known =
    (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) ||
    (code >= 3000 && code <= 4999);
  if (!known) throw new FrameError(`CLOSE with the code ${code}`);
  return code;
}

/** Room that any header of ours fits into: 2 bytes, a length of 8, and the key. */
export const HEADER_ROOM = 14;

/** Bytes of the header of a masked frame with `size` bytes of payload. */
export function headerSizeFor(size: number): number {
  return size < 126 ? 6 : size < 65_536 ? 8 : HEADER_ROOM;
}

/**
 * Writes the header of a final, masked frame (RFC 6455, section 5.2).
 * @param at where it begins; it has `headerSizeFor(size)` bytes
 * @param key the masking key, its first byte lowest
 */
export function writeHeader(
  into: Buffer,
  at: number,
  opcode: number,
  size: number,
  key: number,
): void {
  const length = headerSizeFor(size);
  into[at] = 0x80 | opcode;
  into[at + 1] = 0x80 | (length === 6 ? size : length === 8 ? 126 : 127);
  if (length === 8) into.writeUInt16BE(size, at + 2);
  if (length === HEADER_ROOM) into.writeBigUInt64BE(BigInt(size), at + 2);
  into.writeUInt32LE(key, at + length - 4);
}
