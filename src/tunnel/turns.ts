/**
 * Bytes that a connection moves in one direction before it lets others have their turn. Less costs
 * more system calls, more makes the others wait longer: docs/performance.md, "Turns".
 */
const TURN = 128 * 1024;

let connections = 0;

/** Counts one more connection of this process, until the function that it returns is called. */
export function joinTurns(): () => void {
  connections++;
  return () => {
    connections--;
  };
}

/**
 * Takes turns with the other connections of this process. As long as a sender is fast, the event loop
 * would hand over 32 full reads in a row (libuv, `uv__read`), megabytes at a time, while the keystrokes
 * of all others wait. A connection that is alone never waits.
 */
export class Turns {
  readonly #goOn: () => void;
  #moved = 0;
  #over = false;

  /** @param goOn called in the next turn of the event loop after one that is over */
  constructor(goOn: () => void) {
    this.#goOn = goOn;
  }

  /** Whether to stop reading until `goOn`. */
  get over(): boolean {
    return this.#over;
  }

  /** This direction has moved so many bytes more. */
  moved(bytes: number): void {
    this.#moved += bytes;
    if (this.#over || this.#moved < TURN || connections < 2) return;
    this.#over = true;
    setImmediate(() => {
      this.#moved = 0;
      this.#over = false;
      this.#goOn();
    });
  }
}
