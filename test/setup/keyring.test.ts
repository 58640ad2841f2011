import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BaiError } from '../../src/errors.js';
import type { Keyring } from '../../src/platform/keyring.js';
import { systemKeyring } from '../../src/platform/keyring.js';
import { requireCredentials, type Credentials } from '../../src/setup/credentials.js';
import { eraseCredentials, keepCredentials } from '../../src/setup/keep-login.js';
import { lookUpCredentials } from '../../src/setup/sign-in.js';
import { openWorkspace, type Workspace } from '../../src/setup/workspace.js';

const KEYS: Credentials = {
  mode: 'api',
  endpoint: 'https://api.example.com',
  accessKey: 'AKIA',
  secretKey: 'TOPSECRET',
};
const LOGIN: Credentials = {
  mode: 'session',
  endpoint: 'https://console.example.com',
  accessKey: 'AKIA',
  loginId: 'f00df00d',
};
const NOBODY = { endpoint: undefined, accessKey: undefined };

let folder: string;
let entries: Map<string, string>;
let notices: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bai-win-keyring-'));
  entries = new Map();
  notices = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const working: Keyring = {
  title: 'Test Keyring',
  get: (name) => Promise.resolve(entries.get(name) ?? null),
  set: (name, secret) => {
    entries.set(name, secret);
    return Promise.resolve();
  },
  erase: (name) => {
    entries.delete(name);
    return Promise.resolve();
  },
};
const refuse = (): Promise<never> =>
  Promise.reject(new BaiError('keyring-failed', 'the Test Keyring is locked', 'unlock it'));
const locked: Keyring = { title: 'Test Keyring', get: refuse, set: refuse, erase: refuse };

function at(keyring: Keyring | null): Workspace {
  const workspace = openWorkspace({
    log: () => undefined,
    notice: (line) => notices.push(line),
  });
  return {
    ...workspace,
    machine: { ...workspace.machine, home: folder, env: {} },
    paths: { ...workspace.paths, config: folder, data: join(folder, 'data') },
    configFile: join(folder, 'config.ini'),
    keyring: () => Promise.resolve(keyring),
  };
}

const config = (): Promise<string> => readFile(join(folder, 'config.ini'), 'utf8');

async function signedIn(keyring: Keyring | null): Promise<Credentials> {
  return requireCredentials((await lookUpCredentials(at(keyring), NOBODY)).found);
}

describe.each([KEYS, LOGIN])('in mode $mode a secret', (credentials) => {
  const secret = credentials.mode === 'api' ? credentials.secretKey : credentials.loginId;

  it('is kept in the keyring alone, and found there', async () => {
    const kept = await keepCredentials(at(working), 'default', credentials);
    expect(kept.keyring).toBe('Test Keyring');
    expect(await config()).not.toContain(secret);
    expect([...entries]).toEqual([[`default (${join(folder, 'config.ini')})`, secret]]);
    expect(await signedIn(working)).toEqual(credentials);
    const { found } = await lookUpCredentials(at(working), NOBODY);
    expect(found[credentials.mode === 'api' ? 'secretKey' : 'loginId']?.origin).toBe(
      'Test Keyring',
    );
    expect(found.accessKey?.origin).toBe(join(folder, 'config.ini'));
  });

  it('is erased with its profile', async () => {
    await keepCredentials(at(working), 'default', credentials);
    await keepCredentials(at(working), 'other', credentials);
    expect(await eraseCredentials(at(working), 'default')).toBe('Test Keyring');
    expect([...entries.keys()]).toEqual([`other (${join(folder, 'config.ini')})`]);
    await eraseCredentials(at(working), 'other');
    expect(await config()).toBe('');
  });

  it.each([
    ['there is no keyring', null, undefined],
    ['the keyring is locked', locked, 'the Test Keyring is locked'],
  ])('is kept in the private file where %s', async (_, keyring, why) => {
    const kept = await keepCredentials(at(keyring), 'default', credentials);
    expect(kept).toEqual({ keyring: undefined, why });
    expect(await config()).toContain(secret);
    expect(await signedIn(keyring)).toEqual(credentials);
  });

  it('moves to where the next login keeps it', async () => {
    await keepCredentials(at(null), 'default', credentials);
    expect(entries.size).toBe(0);
    await keepCredentials(at(working), 'default', credentials);
    expect(await config()).not.toContain(secret);
    expect([...entries.values()]).toEqual([secret]);
    const refusing: Keyring = { ...working, set: refuse };
    await keepCredentials(at(refusing), 'default', credentials);
    expect(await config()).not.toContain('keyring');
    expect(entries.size).toBe(0);
    expect(await signedIn(null)).toEqual(credentials);
    expect(notices).toEqual([]);
  });

  it('that stays in a keyring which cannot be used is named', async () => {
    await keepCredentials(at(working), 'default', credentials);
    await keepCredentials(at(null), 'default', credentials);
    expect([...entries.values()]).toEqual([secret]);
    expect(notices).toEqual([
      expect.stringMatching(/^the keyring of this system cannot be used now; what it holds as "/),
    ]);
    expect(await signedIn(null)).toEqual(credentials);
  });

  it('is the one of before where the file cannot be written', async () => {
    const file = join(folder, 'config.ini');
    // A folder inside a file cannot be made.
    const blocked = { ...at(working), paths: { ...at(working).paths, config: join(file, 'in') } };
    await keepCredentials(at(working), 'default', credentials);
    const other: Credentials =
      credentials.mode === 'api'
        ? { ...credentials, secretKey: 'NEW' }
        : { ...credentials, loginId: 'NEW' };
    await expect(keepCredentials(blocked, 'default', other)).rejects.toThrow();
    expect(await signedIn(working)).toEqual(credentials);
    await expect(keepCredentials(blocked, 'new', other)).rejects.toThrow();
    expect([...entries.values()]).toEqual([secret]);
  });

  it('that the keyring does not give is told, and the way out', async () => {
    await keepCredentials(at(working), 'default', credentials);
    const code = credentials.mode === 'api' ? 'secret-key-missing' : 'login-missing';
    for (const [keyring, said] of [
      [locked, 'the Test Keyring is locked (unlock it)'],
      [null, 'the keyring of this system cannot be used now'],
    ] as const) {
      notices = [];
      await expect(signedIn(keyring)).rejects.toMatchObject({ code });
      expect(notices[0]).toContain(`the secret of profile default is not known: ${said}`);
    }
    entries.clear();
    await expect(signedIn(working)).rejects.toMatchObject({ code });
    expect(notices.at(-1)).toContain('the Test Keyring has no such entry any more');
  });

  it.each([locked, null])('that cannot be erased is named', async (unusable) => {
    await keepCredentials(at(working), 'default', credentials);
    expect(await eraseCredentials(at(unusable), 'default')).toBeNull();
    expect(notices).toEqual([expect.stringContaining('stays there until it is deleted by hand')]);
    expect(await config()).toBe('');
  });
});

describe('config.ini', () => {
  it('that is no text is left alone, and so is the keyring', async () => {
    await keepCredentials(at(working), 'default', KEYS);
    // "comment" in CP949, as Notepad saved it before Windows 10.
    const legacy = Buffer.concat([
      Buffer.from(await config()),
      Buffer.from([0x23, 0xc1, 0xd6, 0xbc, 0xae, 0x0a]),
    ]);
    await writeFile(join(folder, 'config.ini'), legacy);
    const before = [...entries];
    const refused = {
      code: 'config-not-text',
      message: expect.stringContaining(join(folder, 'config.ini')) as unknown,
    };
    await expect(keepCredentials(at(working), 'other', LOGIN)).rejects.toMatchObject(refused);
    await expect(eraseCredentials(at(working), 'default')).rejects.toMatchObject(refused);
    expect(await readFile(join(folder, 'config.ini'))).toEqual(legacy);
    expect([...entries]).toEqual(before);
  });

  it('stays in UTF-16', async () => {
    const notes = '\uFEFF; 메모\r\n';
    await writeFile(join(folder, 'config.ini'), notes, 'utf16le');
    await keepCredentials(at(working), 'default', KEYS);
    const bytes = await readFile(join(folder, 'config.ini'));
    expect(bytes.toString('utf16le').startsWith(`${notes}\r\n[manager]\r\n`)).toBe(true);
    expect(await signedIn(working)).toEqual(KEYS);
  });

  it('has the profiles of all logins at once', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `p${index}`);
    await Promise.all(names.map((name) => keepCredentials(at(null), name, KEYS)));
    const text = await config();
    for (const name of names) expect(text).toContain(`[profile ${name}]`);
  });
});

describe('the keyring of the system', () => {
  it('is left alone with BAI_WIN_KEYRING=off', async () => {
    expect(await systemKeyring(process.platform, { BAI_WIN_KEYRING: 'off' })).toBeNull();
  });
});
