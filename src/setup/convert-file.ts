import { resolve } from 'node:path';
import { BaiError } from '../errors.js';
import { fingerprint, publicKeyBlob, readPrivateKey, writePpk } from '../convert/index.js';
import { writeFileAtomic } from '../platform/atomic-write.js';
import { readFileIfExists } from '../platform/read-file.js';

export interface ConvertOptions {
  readonly input: string;
  /** Default: the input's name with `.ppk`. */
  readonly output: string | undefined;
  readonly version: 2 | 3;
  /** Replace an output file that holds something else. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

export interface ConvertResult {
  /** Absolute path. */
  readonly output: string;
  readonly algorithm: string;
  /** `SHA256:…` */
  readonly fingerprint: string;
  /** Whether the output file differs from what it was. */
  readonly changed: boolean;
}

/**
 * Converts a private key file to a .ppk file.
 *
 * @throws BaiError `key-file-absent`, `output-exists`; KeyError where the key cannot be read
 */
export async function convertFile(options: ConvertOptions): Promise<ConvertResult> {
  const input = resolve(options.input);
  const bytes = await readFileIfExists(input);
  if (bytes === null) {
    throw new BaiError(
      'key-file-absent',
      `there is no file ${input}`,
      'check the name; setup downloads the key by itself, so convert is only needed for other keys',
    );
  }
  const key = await readPrivateKey(bytes);
  const ppk = await writePpk(key, { version: options.version });
  const output = resolve(options.output ?? `${options.input}.ppk`);
  const existing = await readFileIfExists(output);
  const changed = existing?.equals(ppk) !== true;
  if (existing !== null && changed && !options.force) {
    throw new BaiError(
      'output-exists',
      `${output} exists and holds something else`,
      'choose another name with -o, or replace it with --force',
    );
  }
  if (changed && !options.dryRun) await writeFileAtomic(output, ppk, { private: true });
  return {
    output,
    algorithm: key.algorithm,
    fingerprint: fingerprint(publicKeyBlob(key)),
    changed,
  };
}
