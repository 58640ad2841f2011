/**
 * A change is one file's or one registry value's before and after; a plan is a list of changes.
 * Plans are data: they are computed without touching anything, shown, and then applied as shown.
 */

/** A value of the Windows registry, in the types that we write or take away; bytes are hexadecimal. */
export type RegistryValue =
  | { readonly type: 'sz'; readonly data: string }
  | { readonly type: 'dword'; readonly data: number }
  | { readonly type: 'binary'; readonly data: string };

/**
 * When a change is applied. Key files come before the host keys, and both before the client entries
 * that name them, so that a client never sees an entry whose files are missing.
 */
export type Stage = 'key-file' | 'host-key' | 'entry';

/** The new content of one file. `before`/`after` are `null` where the file does not exist. */
export interface FileChange {
  readonly kind: 'file';
  readonly stage: Stage;
  /** What a person would call it: `FileZilla site "demo"`. */
  readonly title: string;
  /** Absolute path. */
  readonly path: string;
  readonly before: Buffer | null;
  readonly after: Buffer | null;
  /** Holds a secret: created with access for the owner only, and never shown in a diff. */
  readonly secret: boolean;
  /**
   * What the file is to hold where the plan is taken back, but for files that somebody else has changed
   * meanwhile: notes that still know of what stands in those. `before` where it is absent.
   */
  readonly remnant?: Buffer | undefined;
  /** Belongs to another program: backed up before our first change to it. */
  readonly foreign: boolean;
}

/**
 * The new data of one registry value. `before`/`after` are `null` where the value does not exist. A
 * key that a plan leaves with neither values nor sub-keys is deleted, unless it is to be kept: clients
 * list empty keys too.
 */
export interface RegistryChange {
  readonly kind: 'registry';
  readonly stage: Stage;
  readonly title: string;
  /** Full key, as stored: `HKEY_CURRENT_USER\Software\SimonTatham\PuTTY\Sessions\bai-demo`. */
  readonly key: string;
  /** The key stays, also where nothing is left in it: it is the system's own, or was there before. */
  readonly keepKey?: boolean;
  /** Value name. */
  readonly name: string;
  readonly before: RegistryValue | null;
  readonly after: RegistryValue | null;
}

export type Change = FileChange | RegistryChange;
