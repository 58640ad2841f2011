/** Argon2 (RFC 9106), for PuTTY's key files of version 3. */
import * as crypto from 'node:crypto';
import { KeyError } from './errors.js';

export type Argon2Flavour = 'Argon2id' | 'Argon2i' | 'Argon2d';

export interface Argon2Parameters {
  readonly flavour: Argon2Flavour;
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
}

/** What the caller may choose when a file is written; the rest is as PuTTYgen has it. */
export interface Argon2Choice {
  readonly flavour?: Argon2Flavour;
  /** KiB; default 8192. */
  readonly memory?: number;
  /** Default: as many as take `milliseconds` on this machine, and 13 or more. */
  readonly passes?: number;
  /** Default 100. */
  readonly milliseconds?: number;
  /** Default 1. */
  readonly parallelism?: number;
}

/** Bounds on what a file may ask for; a caller may raise them. */
export interface Argon2Limits {
  /** KiB. */
  readonly memory: number;
  /** KiB of memory times passes, which is what the time goes by. */
  readonly work: number;
}

/**
 * 128 MiB is 16 times PuTTYgen's default, and to fill 1.5 GiB takes about 1 s with the slowest
 * implementation here; PuTTYgen's 100 ms fill between 0.1 and 1.2 GiB.
 */
export const ARGON2_LIMITS: Argon2Limits = { memory: 128 * 1024, work: 1536 * 1024 };

/** Signature of `crypto.argon2Sync` (Node 24.7 and later). */
type NativeArgon2 = (
  algorithm: string,
  parameters: {
    readonly message: Uint8Array;
    readonly nonce: Uint8Array;
    readonly parallelism: number;
    readonly tagLength: number;
    readonly memory: number;
    readonly passes: number;
  },
) => Buffer;

/**
 * Derives `length` bytes: by OpenSSL where this Node has it, otherwise in WebAssembly.
 * @throws KeyError as `checkArgon2`.
 */
export async function argon2(
  passphrase: Uint8Array,
  parameters: Argon2Parameters,
  length: number,
): Promise<Buffer> {
  checkArgon2(parameters);
  const { flavour, memory, passes, parallelism, salt } = parameters;
  const name = flavour.toLowerCase() as Lowercase<Argon2Flavour>;
  const { argon2Sync } = crypto as { readonly argon2Sync?: NativeArgon2 };
  if (argon2Sync) {
    const options = { message: passphrase, nonce: salt, parallelism, tagLength: length };
    return argon2Sync(name, { ...options, memory, passes });
  }
  const wasm = await import('hash-wasm');
  const bytes = await wasm[name]({
    password: passphrase,
    salt,
    iterations: passes,
    parallelism,
    memorySize: memory,
    hashLength: length,
    outputType: 'binary',
  });
  return Buffer.from(bytes);
}

/**
 * The bounds of the algorithm itself (RFC 9106, section 3.1).
 * @throws KeyError `argon2-passes`, `argon2-parallelism`, `argon2-memory`, `argon2-salt`.
 */
function checkArgon2({ memory, passes, parallelism, salt }: Argon2Parameters): void {
  const refuse = (code: string, message: string) =>
    new KeyError(code, message, 'PuTTYgen uses 8192 KiB, 13 or more passes, parallelism 1');
  if (!Number.isInteger(passes) || passes < 1 || passes > 0xffffffff) {
    throw refuse('argon2-passes', `Argon2 cannot do ${passes} passes`);
  }
  if (!Number.isInteger(parallelism) || parallelism < 1 || parallelism > 0xffffff) {
    throw refuse('argon2-parallelism', `Argon2 cannot have parallelism ${parallelism}`);
  }
  if (!Number.isInteger(memory) || memory < 8 * parallelism || memory > 0xffffffff) {
    throw refuse(
      'argon2-memory',
      `Argon2 takes ${8 * parallelism} to 4294967295 KiB with parallelism ${parallelism}, not ${memory} KiB`,
    );
  }
  if (salt.length < 8) {
    throw refuse('argon2-salt', `Argon2 needs a salt of 8 bytes or more, not ${salt.length}`);
  }
}

/** Completes the parameters for a new file, counting passes by time in Fibonacci steps as PuTTYgen does. */
export async function chooseArgon2(
  choice: Argon2Choice = {},
  salt: Buffer,
): Promise<Argon2Parameters> {
  const { flavour = 'Argon2id', memory = 8192, parallelism = 1, milliseconds = 100 } = choice;
  const parameters = { flavour, memory, parallelism, salt };
  if (choice.passes !== undefined) return { ...parameters, passes: choice.passes };
  // The first call pays for loading the library; it must not count.
  await argon2(Buffer.alloc(1), { ...parameters, passes: 1 }, 16);
  // PuTTYgen starts at 1; a busy machine or the slower WebAssembly must not make a key easy to guess.
  let [passes, next] = [13, 21];
  for (;;) {
    const start = performance.now();
    await argon2(Buffer.alloc(1), { ...parameters, passes }, 16);
    if (performance.now() - start >= milliseconds) return { ...parameters, passes };
    [passes, next] = [next, passes + next];
  }
}
