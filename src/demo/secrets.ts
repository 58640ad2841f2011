/*
 * Everything secret that the demos of this process have made. Nothing that bai-win prints or logs may
 * ever hold any of it; the tests look for it in all that they run.
 */

const made = new Set<string>();

/** Remembers a secret where it is made. */
export function secret(text: string): string {
  made.add(text);
  return text;
}

/** Remembers the lines of a private key, apart from those that say no more than its public half. */
export function secretKey<Key extends { privateText: string; publicLine: string }>(key: Key): Key {
  // The first and the last line of PEM are its marks; the next one may be the same for all keys.
  for (const line of key.privateText.trim().split('\n').slice(2, -1)) {
    if (!key.publicLine.includes(line)) made.add(line);
  }
  return key;
}

/** All of them, so far. */
export function secretsMade(): string[] {
  return [...made];
}
