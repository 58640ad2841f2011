import { BaiError } from '../errors.js';

/**
 * A client that is sound, and set up in a way that bai-win cannot write for: no harm to the others, unlike
 * settings that cannot be read.
 */
export class UnwritableClient extends BaiError {
  /** `id` of its exporter. */
  readonly client: string;
  /** How the client, or bai-win, is to be set up instead. */
  readonly mend: string;

  constructor(client: string, code: string, message: string, mend: string) {
    super(code, message, `${mend}, or leave ${client} out of --for`);
    this.client = client;
    this.mend = mend;
  }
}
