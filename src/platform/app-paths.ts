import { posix, win32 } from 'node:path';
import { BaiError } from '../errors.js';

/** The folders that are ours, as absolute paths. None of them need exist. */
export interface AppPaths {
  /** Holds `config.ini`. */
  readonly config: string;
  /** What belongs to this machine alone; the folders below lie in it. */
  readonly data: string;
  /** Private keys, one folder for all sites. */
  readonly keys: string;
  /** Assigned ports, last fingerprints. */
  readonly state: string;
  /** Earlier states of the files and registry keys that we changed. */
  readonly backups: string;
  /** Plans that are being applied or can be taken back. */
  readonly history: string;
}

/**
 * Where our own files live. Windows: `%APPDATA%\bai-win` and `%LOCALAPPDATA%\bai-win`; elsewhere the
 * XDG Base Directory Specification 0.8. `BAI_WIN_HOME` replaces both: `config` and `data` below it.
 * @param platform decides the rules and the path syntax, so that all can be tested anywhere
 * @throws BaiError where `BAI_WIN_HOME` is not an absolute path
 */
export function appPaths(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): AppPaths {
  const path = platform === 'win32' ? win32 : posix;
  /** The specification says that a relative path is invalid and must be ignored. */
  const directory = (name: string, ...fallback: string[]): string => {
    const value = env[name];
    const usable = value !== undefined && path.isAbsolute(value);
    return path.join(usable ? value : path.join(home, ...fallback), 'bai-win');
  };

  const own = env['BAI_WIN_HOME'];
  let config: string;
  let data: string;
  if (own !== undefined && own !== '') {
    if (!path.isAbsolute(own)) {
      throw new BaiError(
        'home-not-absolute',
        `BAI_WIN_HOME is not an absolute path: ${own}`,
        'set BAI_WIN_HOME to a full path, or unset it',
      );
    }
    config = path.join(own, 'config');
    data = path.join(own, 'data');
  } else if (platform === 'win32') {
    config = directory('APPDATA', 'AppData', 'Roaming');
    data = directory('LOCALAPPDATA', 'AppData', 'Local');
  } else {
    config = directory('XDG_CONFIG_HOME', '.config');
    data = directory('XDG_DATA_HOME', '.local', 'share');
  }
  return {
    config,
    data,
    keys: path.join(data, 'keys'),
    state: path.join(data, 'state'),
    backups: path.join(data, 'backups'),
    history: path.join(data, 'history'),
  };
}
