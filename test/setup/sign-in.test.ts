import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireCredentials } from '../../src/setup/credentials.js';
import {
  lookUpCredentials,
  openManager,
  type ConnectionFlags,
  type SignIn,
} from '../../src/setup/sign-in.js';
import { openWorkspace, type Workspace } from '../../src/setup/workspace.js';
import { testHost } from '../changes/support.js';
import { testWorkspace } from './support/workspace.js';

const CONSOLE = 'https://console.example.com';
const API = 'https://api.example.com';
const CONFIG = `[manager]
endpoint = ${CONSOLE}
mode = session
access_key = AKIACONSOLE
login_id = f00d
[profile keys]
endpoint = ${API}
access_key = AKIAKEYS
secret_key = SECRETKEYS
[profile second]
endpoint = ${API}
access_key = AKIASECOND
secret_key = SECRETSECOND
`;
const KEYS = { BACKEND_ENDPOINT: API, BACKEND_ACCESS_KEY: 'AKIAENV', BACKEND_SECRET_KEY: 'ENV' };

let folder: string;
let notices: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bai-win-sign-in-'));
  await mkdir(join(folder, 'config'));
  notices = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is found, given what config.ini, environment and command line say. */
async function lookUp(
  config: string,
  env: Record<string, string> = {},
  flags: Partial<ConnectionFlags> = {},
): Promise<SignIn> {
  const silent = { log: () => undefined, notice: (line: string) => notices.push(line) };
  const { machine, ...rest } = openWorkspace(silent);
  const configFile = join(folder, 'config', 'config.ini');
  await writeFile(configFile, config);
  const workspace: Workspace = {
    ...rest,
    machine: { ...machine, home: folder, env },
    configFile,
    folder,
  };
  return lookUpCredentials(workspace, { endpoint: undefined, accessKey: undefined, ...flags });
}

/** Who is signed in then. */
async function whoIs(...said: Parameters<typeof lookUp>): Promise<unknown> {
  return requireCredentials((await lookUp(...said)).found);
}

const console = { mode: 'session', endpoint: CONSOLE, accessKey: 'AKIACONSOLE', loginId: 'f00d' };
const keys = { mode: 'api', endpoint: API, accessKey: 'AKIAKEYS', secretKey: 'SECRETKEYS' };
const second = { mode: 'api', endpoint: API, accessKey: 'AKIASECOND', secretKey: 'SECRETSECOND' };
const fromEnv = { mode: 'api', endpoint: API, accessKey: 'AKIAENV', secretKey: 'ENV' };

describe('who is signed in', () => {
  it('is the default profile where nothing else is said', async () => {
    expect(await whoIs(CONFIG)).toEqual(console);
  });

  it('is the profile that is named, whatever the environment says', async () => {
    expect(await whoIs(CONFIG, KEYS, { profile: 'keys' })).toEqual(keys);
    expect(await whoIs(CONFIG, { ...KEYS, BAI_WIN_PROFILE: 'second' })).toEqual(second);
    expect(await whoIs(CONFIG, { BACKEND_ENDPOINT_TYPE: 'session' }, { profile: 'keys' })).toEqual(
      keys,
    );
  });

  it('is the profile of the endpoint that is named, best of the access key', async () => {
    const typed = `${API}/`;
    expect(await whoIs(CONFIG, {}, { endpoint: typed })).toEqual({ ...keys, endpoint: typed });
    expect(await whoIs(CONFIG, {}, { endpoint: API, accessKey: 'AKIASECOND' })).toEqual(second);
    expect(
      await whoIs(CONFIG, { BACKEND_ENDPOINT: CONSOLE, BACKEND_ENDPOINT_TYPE: 'session' }),
    ).toEqual(console);
  });

  it('is who the environment names in full', async () => {
    expect(await whoIs(CONFIG, KEYS)).toEqual(fromEnv);
    const there = { ...KEYS, BACKEND_ENDPOINT: CONSOLE };
    expect(await whoIs(CONFIG, there)).toEqual({ ...fromEnv, endpoint: CONSOLE });
  });

  it('is nobody at another site than that of the login', async () => {
    const other = 'https://other.example.com';
    await expect(whoIs(CONFIG, {}, { endpoint: other })).rejects.toMatchObject({
      code: 'access-key-missing',
    });
    const env = { BACKEND_ENDPOINT: other, BACKEND_ENDPOINT_TYPE: 'session' };
    await expect(whoIs(CONFIG, env)).rejects.toMatchObject({ code: 'login-missing' });
    // The environment says how its own site is spoken to, and not this one.
    const console = { BACKEND_ENDPOINT: CONSOLE, BACKEND_ENDPOINT_TYPE: 'session' };
    await expect(whoIs('', console, { endpoint: other })).rejects.toMatchObject({
      code: 'access-key-missing',
    });
    await expect(whoIs('', console, { endpoint: `${CONSOLE}/` })).rejects.toMatchObject({
      code: 'login-missing',
    });
    const flags = { profile: 'default', endpoint: other };
    await expect(whoIs(CONFIG, {}, flags)).rejects.toMatchObject({ code: 'access-key-missing' });
  });

  it('is nobody with the secret of another access key', async () => {
    const flags = { endpoint: API, accessKey: 'AKIATHIRD' };
    await expect(whoIs(CONFIG, {}, flags)).rejects.toMatchObject({ code: 'secret-key-missing' });
    const found = await whoIs(CONFIG, { BACKEND_SECRET_KEY: 'ENV' }, flags);
    expect(found).toEqual({ ...fromEnv, accessKey: 'AKIATHIRD' });
  });

  it('is nobody with half of a pair of the environment, and has the own secret then', async () => {
    const third = { endpoint: API, accessKey: 'AKIATHIRD' };
    await expect(whoIs(CONFIG, KEYS, third)).rejects.toMatchObject({ code: 'secret-key-missing' });
    const site = { endpoint: API, accessKey: 'AKIASECOND', origin: 'the notes of setup' };
    expect(await whoIs(CONFIG, KEYS, site)).toEqual(second);
    expect(await whoIs(CONFIG, KEYS, { ...site, accessKey: 'AKIAENV' })).toEqual(fromEnv);
    const bare = CONFIG.replace('secret_key = SECRETSECOND\n', '');
    await expect(whoIs(bare, KEYS, { profile: 'second' })).rejects.toMatchObject({
      code: 'secret-key-missing',
    });
    const { BACKEND_SECRET_KEY, ...others } = KEYS;
    await writeFile(join(folder, '.env'), `BACKEND_SECRET_KEY=${BACKEND_SECRET_KEY}\n`);
    expect(await whoIs(CONFIG, others, site)).toEqual(second);
    expect(await whoIs(CONFIG, others)).toEqual(fromEnv);
    // Each file of variables may hold a pair of its own.
    await writeFile(join(folder, '.env'), 'BACKEND_ACCESS_KEY=X\nBACKEND_SECRET_KEY=Y\n');
    expect(await whoIs(CONFIG, KEYS, { ...site, accessKey: 'AKIAENV' })).toEqual(fromEnv);
  });

  it('is nobody at the login of another access key', async () => {
    const flags = { accessKey: 'AKIATHIRD' };
    await expect(whoIs(CONFIG, {}, flags)).rejects.toMatchObject({ code: 'secret-key-missing' });
    const named = { ...flags, profile: 'default' };
    await expect(whoIs(CONFIG, {}, named)).rejects.toMatchObject({ code: 'secret-key-missing' });
    // The real client of a web console takes no notice of this variable either.
    expect(await whoIs(CONFIG, { BACKEND_ACCESS_KEY: 'AKIATHIRD' })).toEqual(console);
  });

  it('is nobody of a profile that adds nothing to the environment', async () => {
    const pair = '[manager]\nendpoint = https://old.example.com\naccess_key = A\nsecret_key = S\n';
    expect(await lookUp(pair, KEYS)).toMatchObject({ profile: undefined });
    const withoutEndpoint = { ...KEYS, BACKEND_ENDPOINT: '' };
    expect(await lookUp(pair, withoutEndpoint)).toMatchObject({ profile: { name: 'default' } });
    expect(await lookUp(pair)).toMatchObject({ profile: { name: 'default' } });
  });

  it('is nobody where nothing is kept', async () => {
    await expect(whoIs('')).rejects.toMatchObject({ code: 'not-signed-in' });
  });

  it('is nobody where the profiles that are kept have to be named', async () => {
    const workspace = testWorkspace(await testHost());
    await writeFile(workspace.configFile, CONFIG.slice(CONFIG.indexOf('[profile keys]')));
    const nothing = { endpoint: undefined, accessKey: undefined };
    await expect(openManager(workspace, nothing)).rejects.toMatchObject({
      code: 'profile-not-named',
      message: expect.stringMatching(/kept are: keys, second$/) as string,
      hint: expect.stringContaining('--profile keys') as string,
    });
  });
});

describe("the settings of Backend.AI's own client", () => {
  const theirs = { mode: 'api', endpoint: API, accessKey: 'AKIATHEIRS', secretKey: 'THEIRSECRET' };

  beforeEach(async () => {
    const section = '[backend-ai]\n';
    await write('config.toml', `${section}endpoint = "${API}"\nendpoint_type = "api"\n`);
    await write(
      'credentials.toml',
      `${section}access_key = 'AKIATHEIRS' # me\nsecret_key = "THEIRSECRET"\n`,
    );
  });

  async function write(name: string, text: string): Promise<void> {
    await mkdir(join(folder, '.backend.ai'), { recursive: true });
    await writeFile(join(folder, '.backend.ai', name), text);
  }

  it('are used where nobody is signed in', async () => {
    expect(await whoIs('')).toEqual(theirs);
    expect(await whoIs('', { BACKEND_ENDPOINT: API })).toEqual(theirs);
    expect(await whoIs('', {}, { accessKey: 'AKIATHEIRS' })).toEqual(theirs);
  });

  it('give way to everything else', async () => {
    expect(await whoIs(CONFIG)).toEqual(console);
    expect(await whoIs('', KEYS)).toEqual(fromEnv);
  });

  it('are of no use at another site or for another access key', async () => {
    await expect(whoIs('', { BACKEND_ENDPOINT: CONSOLE })).rejects.toMatchObject({
      code: 'access-key-missing',
    });
    await expect(whoIs('', {}, { accessKey: 'AKIAOTHER' })).rejects.toMatchObject({
      code: 'secret-key-missing',
    });
  });

  it('name a web console, at which one has to sign in', async () => {
    await write(
      'config.toml',
      `[backend-ai]\nendpoint = "${CONSOLE}"\nendpoint_type = "session"\n`,
    );
    await rm(join(folder, '.backend.ai', 'credentials.toml'));
    await expect(whoIs('')).rejects.toMatchObject({
      code: 'login-missing',
      hint: `type: bai-win login ${CONSOLE}`,
    });
  });

  it('that cannot be read are named', async () => {
    const file = join(folder, '.backend.ai', 'credentials.toml');
    await rm(file);
    await mkdir(file);
    await expect(whoIs('')).rejects.toMatchObject({ code: 'access-key-missing' });
    expect(notices).toEqual([`${file} is a folder, and a file is wanted; it is not used`]);
  });

  it('that are damaged are named without their words', async () => {
    await write('credentials.toml', '[backend-ai]\nsecret_key = "THEIRSECRET\n');
    await expect(whoIs('')).rejects.toMatchObject({ code: 'access-key-missing' });
    const file = join(folder, '.backend.ai', 'credentials.toml');
    expect(notices).toEqual([`${file} is not used: it is not TOML, line 2`]);
  });
});
