import { createDecipheriv, randomBytes, randomInt } from 'node:crypto';
import { isRecord } from './api.js';
import { Problem, type ProblemName } from './problems.js';
import { secret } from './secrets.js';

/** How a second factor is asked for: not at all, and in the three shapes of the real thing. */
export type OtpMode = 'none' | 'required' | 'required-legacy' | 'registration';

/** More failures in a row than this block the user. */
const maxFailures = 10;

/** Seconds that a login lives. */
export const loginLifetime = 604_800;

/** The one user, with a password and perhaps a second factor. */
export class LoginDesk {
  readonly username = 'user@example.com';
  /** Secret. */
  readonly password = secret(randomBytes(12).toString('base64url'));
  /** The one-time code that is right now. Secret. */
  readonly otp = secret(String(randomInt(1_000_000)).padStart(6, '0'));
  /** What a single sign-on portal would hand over. Secret. */
  readonly sToken = secret(randomBytes(24).toString('base64url'));
  otpMode: OtpMode = 'none';
  passwordExpired = false;
  /** How many logins may be open; more are refused or, with `force`, push the oldest out. */
  limit = Number.POSITIVE_INFINITY;
  #failures = 0;
  /** Oldest first. */
  #open: string[] = [];

  /** Why a login is refused, or `null`. */
  check(given: { username: unknown; password: unknown; otp: unknown }): ProblemName | null {
    const { username, password, otp } = given;
    if (username !== this.username || password !== this.password) {
      this.#failures += 1;
      return 'wrong-password';
    }
    if (this.passwordExpired) return 'password-expired';
    if (this.otpMode === 'registration') return 'otp-registration';
    if (this.otpMode !== 'none' && (otp === undefined || otp === null || otp === '')) {
      return this.otpMode === 'required' ? 'otp-required' : 'rejected-by-hook';
    }
    if (this.otpMode !== 'none' && otp !== this.otp) {
      this.#failures += 1;
      return 'wrong-otp';
    }
    this.#failures = 0;
    return null;
  }

  /** Whether too many logins failed. */
  get blocked(): boolean {
    return this.#failures > maxFailures;
  }

  /** Opens a login and returns its id, or `null` where there are too many. */
  open(force: boolean): string | null {
    if (this.#open.length >= this.limit) {
      if (!force) return null;
      this.#open.shift();
    }
    const id = secret(randomBytes(16).toString('hex'));
    this.#open.push(id);
    return id;
  }

  isOpen(id: string | null): id is string {
    return id !== null && this.#open.includes(id);
  }

  close(id: string): void {
    this.#open = this.#open.filter((open) => open !== id);
  }

  /** Ends all logins, as time would, and forgets failures. */
  expireAll(): void {
    this.#open = [];
    this.#failures = 0;
  }
}

/**
 * The JSON of a body that was sent with `X-BackendAI-Encoded`: `iv:base64(AES-256-CBC(json))`, with
 * a key made of the endpoint as the client wrote it and the iv.
 * @throws Problem `bad-request`
 */
export function decodeBody(body: Buffer, endpoint: string): Record<string, unknown> {
  const text = body.toString('latin1');
  const iv = text.slice(0, 16);
  const key = (Buffer.from(endpoint).toString('base64') + iv + iv).slice(0, 32);
  try {
    const decipher = createDecipheriv('aes-256-cbc', key, iv);
    const sealed = Buffer.from(text.slice(17), 'base64');
    const json = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    const value: unknown = JSON.parse(json);
    if (isRecord(value)) return value;
  } catch {
    // Said below.
  }
  throw new Problem('bad-request', { msg: 'The payload could not be decoded' });
}
