/**
 * The one error type of the house. Each failure that a person can meet is a `BaiError` with a code of
 * its own, a message that says what was found, and a hint that says what to type or do next. The cli
 * prints them as `bai-win: error:` and `bai-win: hint:` lines; no two failures share a text.
 */
export class BaiError extends Error {
  override readonly name = 'BaiError';
  /** Stable, kebab-case, for scripts (`--json`) and tests; e.g. `session-not-found`. */
  readonly code: string;
  /** The next thing to do, one sentence without a full stop; may contain a command line. */
  readonly hint: string;
  /** Data for `--json`, e.g. the sessions that matched. Never a secret. */
  readonly details: unknown;

  constructor(
    code: string,
    message: string,
    hint: string,
    options?: { cause?: unknown; details?: unknown },
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = hint;
    this.details = options?.details;
  }
}

/**
 * A failure that lies in the command line itself, and that another one mends: the cli ends with the
 * exit code of a command line that was not understood.
 */
export class UsageError extends BaiError {}
