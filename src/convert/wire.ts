/**
 * The data types of the SSH protocol: RFC 4251, section 5
 * <https://www.rfc-editor.org/rfc/rfc4251#section-5>. Public key blobs, OpenSSH private keys and
 * PuTTY's private blobs are all made of them.
 */
import { COPY_AGAIN, KeyError } from './errors.js';
import { bytesToNumber, numberToBytes } from './numbers.js';

/** Reads fields one after another. `what` names the structure in error texts. */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws KeyError `field-cut` where fewer than `length` bytes are left. */
  take(length: number, field: string): Buffer {
    if (length > this.left) {
      throw new KeyError(
        'field-cut',
        `the ${this.#what} ends inside ${field}: ${length} bytes announced, ${this.left} there`,
        COPY_AGAIN,
      );
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint32(field: string): number {
    return this.take(4, `the number ${field}`).readUInt32BE();
  }

  /** `string`: a length in 4 bytes, then so many bytes. */
  string(field: string): Buffer {
    return this.take(this.uint32(`of bytes of ${field}`), field);
  }

  /** A `string` that is an ASCII name. */
  name(field: string): string {
    return this.string(field).toString('latin1');
  }

  /**
   * `mpint`: superfluous leading zeros are accepted, as OpenSSH and PuTTY do; no key has a negative
   * number.
   * @throws KeyError `number-negative`.
   */
  mpint(field: string): bigint {
    const bytes = this.string(field);
    if ((bytes[0] ?? 0) >= 0x80) {
      throw new KeyError(
        'number-negative',
        `${field} in the ${this.#what} is a negative number`,
        'make the file again with a current ssh-keygen or PuTTYgen; some libraries write such numbers wrongly',
      );
    }
    return bytesToNumber(bytes);
  }

  /** @throws KeyError `fields-left` where anything follows the last field. */
  end(): void {
    if (this.left === 0) return;
    throw new KeyError(
      'fields-left',
      `${this.left} more bytes follow the last field of the ${this.#what}`,
      COPY_AGAIN,
    );
  }
}

export function wireUint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** `string` of bytes, or of text in UTF-8. */
export function wireString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

/** `mpint` of a number that is not negative: minimal, with a zero byte before a set top bit. */
export function wireMpint(value: bigint): Buffer {
  const bytes = numberToBytes(value);
  return wireString((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes);
}
