/**
 * What to do next: one sentence without a full stop; may contain a command line. Where that has to mean
 * the one whose session it is, and who writes the sentence does not know them, it is a function of the
 * options that do, which have a space before each; see `ownerOptions` and `siteOptions` of setup.
 */
export type Hint = string | ((options: string) => string);

/**
 * The one error type of the house. Each failure that a person can meet is a `BaiError` with a code of
 * its own, a message that says what was found, and a hint that says what to type or do next. The cli
 * prints them as `bai-win: error:` and `bai-win: hint:` lines; no two failures share a text.
 */
export class BaiError extends Error {
  override readonly name = 'BaiError';
  /** Stable, kebab-case, for scripts (`--json`) and tests; e.g. `session-not-found`. */
  readonly code: string;
  /** For whoever is signed in by default; for others see `forOwner`. */
  readonly hint: string;
  /** Data for `--json`, e.g. the sessions that matched. Never a secret. */
  readonly details: unknown;
  readonly #hint: Hint;

  constructor(
    code: string,
    message: string,
    hint: Hint,
    options?: { cause?: unknown; details?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = typeof hint === 'string' ? hint : hint('');
    this.details = options?.details;
    this.#hint = hint;
  }

  /**
   * The same failure, with a hint whose commands mean the one that these options mean. Who knows best
   * comes first: a failure that has an owner keeps that one.
   */
  forOwner(options: string): BaiError {
    if (typeof this.#hint === 'string') return this;
    const { code, message, cause, details, stack } = this;
    const Same = this.constructor as typeof BaiError;
    const owned = new Same(code, message, this.#hint(options), { cause, details });
    return stack === undefined ? owned : Object.assign(owned, { stack });
  }
}

/** An error in the words for the one that `options` mean; what is not one of ours as it is. */
export function errorForOwner(error: unknown, options: string): unknown {
  return error instanceof BaiError ? error.forOwner(options) : error;
}

/**
 * A failure that lies in the command line itself, and that another one mends: the cli ends with the
 * exit code of a command line that was not understood.
 */
export class UsageError extends BaiError {}
