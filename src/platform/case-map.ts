/** A map whose keys are compared without regard to case, as in the registry; iteration shows them as stored. */
export class CaseMap<V> extends Map<string, V> {
  /** Folded key to the key as stored. */
  readonly #stored = new Map<string, string>();

  override has(key: string): boolean {
    return this.#stored.has(fold(key));
  }

  override get(key: string): V | undefined {
    const stored = this.#stored.get(fold(key));
    return stored === undefined ? undefined : super.get(stored);
  }

  override set(key: string, value: V): this {
    const stored = this.#stored.get(fold(key));
    if (stored === undefined) this.#stored.set(fold(key), key);
    return super.set(stored ?? key, value);
  }

  override delete(key: string): boolean {
    const stored = this.#stored.get(fold(key));
    if (stored === undefined) return false;
    this.#stored.delete(fold(key));
    return super.delete(stored);
  }

  override clear(): void {
    this.#stored.clear();
    super.clear();
  }
}

/** The registry compares in upper case; so does this. */
function fold(key: string): string {
  return key.toUpperCase();
}
