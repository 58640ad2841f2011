import type { PublicKey } from './public-key.js';

/**
 * The one error type of this module: every failure that a key file can cause. It has the shape of
 * the house's errors (code, message, hint) without importing them, so that the module stands alone.
 * Messages say what was found; hints say what to do next; neither ever holds a secret.
 */
export class KeyError extends Error {
  override readonly name = 'KeyError';
  /** Stable, kebab-case, one for each kind of failure, e.g. `passphrase-needed`. */
  readonly code: string;
  /** The next thing to do, one sentence without a full stop. */
  readonly hint: string;
  /**
   * The public half, where an encrypted container shows it (OpenSSH and PuTTY do), so that a caller
   * can still name the key it needs a passphrase for; otherwise `null`.
   */
  readonly publicKey: PublicKey | null;

  constructor(
    code: string,
    message: string,
    hint: string,
    options: { cause?: unknown; publicKey?: PublicKey } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = hint;
    this.publicKey = options.publicKey ?? null;
  }
}

/** For files whose content contradicts itself: only a fresh copy helps. */
export const COPY_AGAIN = 'copy or download the key file again; it was changed or cut on the way';

/** The container is encrypted and the caller gave no passphrase. Carries the public half if shown. */
export function passphraseNeeded(container: string, publicKey?: PublicKey): KeyError {
  return new KeyError(
    'passphrase-needed',
    `the ${container} is protected by a passphrase`,
    'give its passphrase',
    publicKey === undefined ? {} : { publicKey },
  );
}

/** The container is encrypted and the given passphrase does not open it. */
export function passphraseWrong(container: string, publicKey?: PublicKey): KeyError {
  return new KeyError(
    'passphrase-wrong',
    `the passphrase does not open the ${container}`,
    'check capitals and keyboard layout and give the passphrase again',
    publicKey === undefined ? {} : { publicKey },
  );
}
