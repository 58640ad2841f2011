import fs from 'node:fs';

/** The bytes of a file in fixtures/exporters. */
export function fixture(name: string): Buffer {
  return fs.readFileSync(new URL(`../../fixtures/exporters/${name}`, import.meta.url));
}
