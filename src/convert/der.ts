/**
 * The distinguished encoding of ASN.1 (ITU-T X.690), as far as private keys use it. Strict: one
 * encoding for each value, nothing after the end.
 */
import { COPY_AGAIN, KeyError } from './errors.js';
import { bytesToNumber, numberToBytes } from './numbers.js';

const TAGS = {
  0x02: 'INTEGER',
  0x03: 'BIT STRING',
  0x04: 'OCTET STRING',
  0x05: 'NULL',
  0x06: 'OBJECT IDENTIFIER',
  0x30: 'SEQUENCE',
} as const;

type Tag = keyof typeof TAGS;

function tagName(tag: number): string {
  return Object.hasOwn(TAGS, tag) ? TAGS[tag as Tag] : `a value with tag ${tag}`;
}

/** Reads values one after another. `what` names the structure in error texts. */
export class DerReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** The tag of the next value, or `undefined` at the end. */
  get next(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** @param what names the content in error texts. */
  sequence(field: string, what = `${field.replace(/^the /, '')} of the ${this.#what}`): DerReader {
    return new DerReader(this.#value(0x30, field), what);
  }

  /** A value that is not negative, in its shortest form. */
  integer(field: string): bigint {
    const bytes = this.#value(0x02, field);
    const [first, second] = bytes;
    if (
      first === undefined ||
      first >= 0x80 ||
      (first === 0 && second !== undefined && second < 0x80)
    ) {
      throw new KeyError(
        'der-integer',
        `${field} of the ${this.#what} is not a positive number in its shortest form`,
        COPY_AGAIN,
      );
    }
    return bytesToNumber(bytes);
  }

  /** An integer for counts and versions; more than 2³² is as good as infinite. */
  small(field: string): number {
    const value = this.integer(field);
    return value > 0xffffffffn ? Infinity : Number(value);
  }

  octets(field: string): Buffer {
    return this.#value(0x04, field);
  }

  /** The bytes of a bit string that is made of whole bytes. */
  bits(field: string): Buffer {
    const bytes = this.#value(0x03, field);
    if (bytes[0] !== 0) {
      throw new KeyError(
        'der-bits',
        `${field} of the ${this.#what} is not made of whole bytes`,
        COPY_AGAIN,
      );
    }
    return bytes.subarray(1);
  }

  null(field: string): void {
    new DerReader(this.#value(0x05, field), `empty value in the ${this.#what}`).end();
  }

  /** An object identifier in dotted form. */
  oid(field: string): string {
    const bytes = this.#value(0x06, field);
    const arcs: bigint[] = [];
    // The longest identifier known here has 11 bytes; long arcs would take quadratic time.
    if (bytes.length === 0 || bytes.length > 32 || (bytes.at(-1) ?? 0) >= 0x80) {
      throw new KeyError('der-oid', `${field} of the ${this.#what} is no identifier`, COPY_AGAIN);
    }
    let arc = 0n;
    for (const byte of bytes) {
      arc = (arc << 7n) | BigInt(byte & 0x7f);
      if (byte < 0x80) {
        arcs.push(arc);
        arc = 0n;
      }
    }
    const head = arcs.shift() ?? 0n;
    const root = head < 80n ? head / 40n : 2n;
    return [root, head - root * 40n, ...arcs].join('.');
  }

  /** The content of an optional `[number]` value; `constructed` for explicit tags. */
  context(number: number, field: string, constructed = true): Buffer | undefined {
    const tag = 0x80 | (constructed ? 0x20 : 0) | number;
    return this.next === tag ? this.#value(tag, field) : undefined;
  }

  /** @throws KeyError `der-trailing` where anything follows. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left === 0) return;
    throw new KeyError(
      'der-trailing',
      `${left} more bytes stand after the end of the ${this.#what}`,
      COPY_AGAIN,
    );
  }

  #value(tag: number, field: string): Buffer {
    const found = this.next;
    if (found === undefined) throw this.#cut(field);
    if (found !== tag) {
      throw new KeyError(
        'der-type',
        `the ${this.#what} has ${tagName(found)} where ${field} should be (${tagName(tag)})`,
        COPY_AGAIN,
      );
    }
    this.#at += 1;
    const length = this.#length(field);
    if (length > this.#bytes.length - this.#at) throw this.#cut(field);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #length(field: string): number {
    const first = this.#bytes[this.#at];
    if (first === undefined) throw this.#cut(field);
    this.#at += 1;
    if (first < 0x80) return first;
    // Four bytes hold any length of a file that is at most 1 MiB.
    const size = first & 0x7f;
    const bytes = this.#bytes.subarray(this.#at, this.#at + size);
    const length = size > 4 ? 0 : Number(bytesToNumber(bytes));
    if (bytes.length !== size || length < 0x80 || bytes[0] === 0) {
      throw new KeyError(
        'der-length',
        `the length of ${field} of the ${this.#what} is not written as DER demands`,
        COPY_AGAIN,
      );
    }
    this.#at += size;
    return length;
  }

  #cut(field: string): KeyError {
    return new KeyError('der-cut', `the ${this.#what} ends before the end of ${field}`, COPY_AGAIN);
  }
}

/** One value: tag, length, content. */
export function der(tag: number, ...content: Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = numberToBytes(BigInt(body.length));
  return Buffer.concat([Buffer.of(tag, 0x80 | length.length), length, body]);
}

export const derSequence = (...content: Uint8Array[]): Buffer => der(0x30, ...content);
export const derOctets = (bytes: Uint8Array): Buffer => der(0x04, bytes);
export const derBits = (bytes: Uint8Array): Buffer => der(0x03, Buffer.of(0), bytes);
export const derNull = (): Buffer => der(0x05);

/** A number that is not negative. */
export function derInteger(value: bigint): Buffer {
  const bytes = numberToBytes(value);
  return der(0x02, (bytes[0] ?? 0x80) >= 0x80 ? Buffer.of(0) : Buffer.alloc(0), bytes);
}

/** An object identifier in dotted form whose first two arcs fit in one byte. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of arcs) {
    const groups = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7) groups.unshift((rest & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** Whether the bytes are exactly one SEQUENCE: what a decryption with the right key gives. */
export function isOneSequence(bytes: Buffer): boolean {
  try {
    const reader = new DerReader(bytes, '');
    reader.sequence('');
    reader.end();
    return true;
  } catch {
    return false;
  }
}
