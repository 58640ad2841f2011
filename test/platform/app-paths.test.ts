import { describe, expect, test } from 'vitest';
import { BaiError } from '../../src/errors.js';
import { appPaths } from '../../src/platform/app-paths.js';

describe('appPaths', () => {
  test('Windows: roaming for config, local for the rest', () => {
    const env = {
      APPDATA: 'C:\\Users\\김 철수\\AppData\\Roaming',
      LOCALAPPDATA: 'D:\\Local',
      XDG_CONFIG_HOME: 'C:\\no',
    };
    expect(appPaths('win32', env, 'C:\\Users\\김 철수')).toEqual({
      config: 'C:\\Users\\김 철수\\AppData\\Roaming\\bai-win',
      data: 'D:\\Local\\bai-win',
      keys: 'D:\\Local\\bai-win\\keys',
      state: 'D:\\Local\\bai-win\\state',
      backups: 'D:\\Local\\bai-win\\backups',
      history: 'D:\\Local\\bai-win\\history',
    });
  });

  test('Windows without the variables: the usual folders in the profile', () => {
    const paths = appPaths('win32', {}, 'C:\\Users\\work');
    expect(paths.config).toBe('C:\\Users\\work\\AppData\\Roaming\\bai-win');
    expect(paths.data).toBe('C:\\Users\\work\\AppData\\Local\\bai-win');
  });

  test.each(['linux', 'darwin'] as const)('%s: XDG folders, by default in the home', (platform) => {
    expect(appPaths(platform, {}, '/home/a')).toMatchObject({
      config: '/home/a/.config/bai-win',
      data: '/home/a/.local/share/bai-win',
      keys: '/home/a/.local/share/bai-win/keys',
    });
    const env = { XDG_CONFIG_HOME: '/c', XDG_DATA_HOME: '/d', APPDATA: '/no' };
    expect(appPaths(platform, env, '/home/a')).toMatchObject({
      config: '/c/bai-win',
      data: '/d/bai-win',
    });
  });

  test('relative and empty XDG folders are ignored, as the specification says', () => {
    const env = { XDG_CONFIG_HOME: 'relative', XDG_DATA_HOME: '', BAI_WIN_HOME: '' };
    expect(appPaths('linux', env, '/home/a')).toMatchObject({
      config: '/home/a/.config/bai-win',
      data: '/home/a/.local/share/bai-win',
    });
  });

  test('BAI_WIN_HOME replaces both', () => {
    const env = { BAI_WIN_HOME: '/scratch', XDG_CONFIG_HOME: '/c' };
    expect(appPaths('linux', env, '/home/a')).toMatchObject({
      config: '/scratch/config',
      data: '/scratch/data',
    });
    expect(appPaths('win32', { BAI_WIN_HOME: 'E:\\bai', APPDATA: 'C:\\r' }, 'C:\\u').keys).toBe(
      'E:\\bai\\data\\keys',
    );
  });

  test('BAI_WIN_HOME must be absolute', () => {
    const make = () => appPaths('linux', { BAI_WIN_HOME: 'here' }, '/home/a');
    expect(make).toThrow(BaiError);
    expect(make).toThrow(/BAI_WIN_HOME is not an absolute path: here/);
  });

  test.each([
    ['linux', {}, '', 'HOME, your own folder, is empty'],
    ['linux', { BAI_WIN_HOME: '/b' }, 'a', 'HOME, your own folder, is not an absolute path: a'],
    ['win32', {}, 'Users', 'USERPROFILE, your own folder, is not an absolute path: Users'],
    ['win32', { APPDATA: 'Roaming' }, 'C:\\u', 'APPDATA is not an absolute path: Roaming'],
    ['win32', { LOCALAPPDATA: 'C:l' }, 'C:\\u', 'LOCALAPPDATA is not an absolute path: C:l'],
  ] as const)(
    'nothing goes into the current folder: %s, %j, home %j',
    (...[on, env, home, said]) => {
      expect(() => appPaths(on, env, home)).toThrow(said);
    },
  );
});
