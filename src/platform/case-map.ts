/** A map whose keys are compared without regard to case, as in the registry; iteration shows them as stored. */
export class CaseMap<V> extends Map<string, V> {
  /** Folded key to the key as stored. */
  readonly #stored = new Map<string, string>();

  override has(key: string): boolean {
    return this.#stored.has(foldCase(key));
  }

  override get(key: string): V | undefined {
    const stored = this.#stored.get(foldCase(key));
    return stored === undefined ? undefined : super.get(stored);
  }

  override set(key: string, value: V): this {
    const stored = this.#stored.get(foldCase(key));
    if (stored === undefined) this.#stored.set(foldCase(key), key);
    return super.set(stored ?? key, value);
  }

  override delete(key: string): boolean {
    const stored = this.#stored.get(foldCase(key));
    if (stored === undefined) return false;
    this.#stored.delete(foldCase(key));
    return super.delete(stored);
  }

  override clear(): void {
    this.#stored.clear();
    super.clear();
  }
}

/**
 * A name as the registry compares it: in upper case, each UTF-16 unit for itself (RtlUpcaseUnicodeChar), so
 * that its length stays. A letter whose upper case is two, as of ß, has none there.
 */
export function foldCase(name: string): string {
  return name.replace(/[^\0-\x7f]|[a-z]/g, (unit) => {
    const upper = unit.toUpperCase();
    return upper.length === 1 ? upper : unit;
  });
}
