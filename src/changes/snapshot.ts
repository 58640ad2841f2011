import type { RegistryValue } from './change.js';

/** A registry key as it is now: its values by name. Names are compared without regard to case. */
export type RegistryKey = ReadonlyMap<string, RegistryValue>;

/**
 * What is on the machine now, as far as a plan needs it. A snapshot answers only for the files and
 * keys it was taken of; asking for another is a programming error and throws.
 */
export interface Snapshot {
  /** The bytes of a file, or `null` where there is none. */
  file(path: string): Buffer | null;
  /**
   * The names of the files directly in a directory, sorted, or `null` where there is no such
   * directory. The snapshot answers for the files of a directory that it was taken of as well.
   */
  directory(path: string): readonly string[] | null;
  /** The values of a registry key, or `null` where there is none. Always `null` off Windows. */
  registryKey(key: string): RegistryKey | null;
  /** The names of the direct sub-keys of a registry key, as stored. */
  registrySubkeys(key: string): readonly string[];
}

/**
 * What a plan has to know before it can be made: files, directories with the files directly in them
 * (their content is needed only of those that are asked for), and registry keys with all that is
 * below them.
 */
export interface Sources {
  readonly files: readonly string[];
  readonly directories: readonly string[];
  readonly registryKeys: readonly string[];
}
