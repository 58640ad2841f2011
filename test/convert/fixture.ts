import { readFileSync } from 'node:fs';

/** A file of fixtures/keys; its README says what each is and which command made it. */
export function fixture(name: string): Buffer {
  return readFileSync(new URL(`../../fixtures/keys/${name}`, import.meta.url));
}
