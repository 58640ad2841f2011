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
 * @throws BaiError `home-not-absolute` where `BAI_WIN_HOME`, or on Windows `APPDATA` or `LOCALAPPDATA`,
 *   is not an absolute path; `user-folder-not-absolute` where `home` is not one
 */
export function appPaths(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): AppPaths {
  const path = platform === 'win32' ? win32 : posix;
  // Clients' files lie there as well: BAI_WIN_HOME does not make up for it.
  if (!path.isAbsolute(home)) {
    const variable = platform === 'win32' ? 'USERPROFILE' : 'HOME';
    throw new BaiError(
      'user-folder-not-absolute',
      `${variable}, your own folder, is ${home === '' ? 'empty' : `not an absolute path: ${home}`}`,
      `set ${variable} to the full path of your own folder, or unset it`,
    );
  }
  const absolute = platform === 'win32' ? ['APPDATA', 'LOCALAPPDATA'] : [];
  for (const name of [...absolute, 'BAI_WIN_HOME']) {
    const value = env[name] ?? '';
    if (value === '' || path.isAbsolute(value)) continue;
    throw new BaiError(
      'home-not-absolute',
      `${name} is not an absolute path: ${value}`,
      `set ${name} to a full path, or unset it`,
    );
  }
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
