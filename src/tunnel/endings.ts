/** Far more than end between an end and the question about it, and little to keep. */
const MOST = 256;

/**
 * How a connection ended: the bytes that the client was given before a clean end, or that there was no
 * clean one; `null` where it is not over.
 */
export type Ending = number | 'cut' | null;

/** The ends of a tunnel's last connections, by the port that the client connected from. */
export class Endings {
  readonly #endings = new Map<number, number | 'cut'>();

  /** A connection begins: what is known of that port is about an earlier one. */
  began(client: number): void {
    this.#endings.delete(client);
  }

  ended(client: number, ending: number | 'cut'): void {
    this.#endings.set(client, ending);
    const [oldest] = this.#endings.keys();
    if (this.#endings.size > MOST && oldest !== undefined) this.#endings.delete(oldest);
  }

  of(client: number): Ending {
    return this.#endings.get(client) ?? null;
  }
}
