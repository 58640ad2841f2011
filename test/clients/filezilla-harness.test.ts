/**
 * The tools of this folder against settings written by hand: they must tell a client that works from
 * one that asks or fails. What bai-win writes is judged elsewhere, with the same tools.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCleanup } from './support/cleanup.js';
import { makeClientHome, type ClientHome } from './support/client-home.js';
import { startDisplay, type Display } from './support/display.js';
import { startDropbear, type Dropbear } from './support/dropbear.js';
import { makeDropbearHostKey, type DropbearHostKey } from './support/dropbear-host-key.js';
import { fileZillaFolder } from './support/filezilla-settings.js';
import { openInFileZilla } from './support/filezilla.js';
import { makeScratchFolder, type ScratchFolder } from './support/scratch-folder.js';
import { plink, psftp, sftp } from './support/ssh-programs.js';
import { makeUserKey, type UserKey } from './support/user-key.js';
import { workAccount, type WorkAccount } from './support/work-account.js';

const cleanup = makeCleanup();
let scratch: ScratchFolder;
let account: WorkAccount;
let hostKey: DropbearHostKey;
let userKey: UserKey;
let dropbear: Dropbear;
let display: Display;

beforeAll(async () => {
  scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  account = await workAccount();
  hostKey = await makeDropbearHostKey(scratch.path);
  userKey = await makeUserKey(scratch.path);
  await account.authorize(userKey.publicKeyLine);
  cleanup.defer(() => account.revoke(userKey.publicKeyLine));
  dropbear = await startDropbear(scratch.path, hostKey);
  cleanup.defer(() => dropbear.stop());
  display = await startDisplay(scratch.path);
  cleanup.defer(() => display.stop());
});

afterAll(() => cleanup.run());

/** e and n of an `ssh-rsa` blob (RFC 4253, section 6.6) in the form of PuTTY's host key cache. */
function puttyCacheValue(blob: Buffer): string {
  const fields: string[] = [];
  for (let at = 0; at < blob.length;) {
    const length = blob.readUInt32BE(at);
    fields.push(blob.toString('hex', at + 4, at + 4 + length).replace(/^0+/, ''));
    at += 4 + length;
  }
  const [, e = '', n = ''] = fields;
  return `0x${e},0x${n}`;
}

async function makeHome(name: string): Promise<ClientHome> {
  const home = await makeClientHome(scratch.path, name);
  // Without ~/.putty the PuTTY code in FileZilla goes to the folder of the passwd entry instead.
  await mkdir(join(home.path, '.putty'));
  return home;
}

async function knowHost(home: ClientHome): Promise<void> {
  const line = `rsa2@${dropbear.port}:127.0.0.1 ${puttyCacheValue(hostKey.blob)}\n`;
  await writeFile(join(home.path, '.putty', 'sshhostkeys'), line);
}

function logins(): number {
  return dropbear.log().split("Pubkey auth succeeded for 'work'").length - 1;
}

describe('PuTTY and OpenSSH', () => {
  async function writeSession(home: ClientHome): Promise<void> {
    const folder = join(home.path, '.putty', 'sessions');
    await mkdir(folder);
    await writeFile(
      join(folder, 'by-hand'),
      `HostName=127.0.0.1\nProtocol=ssh\nPortNumber=${dropbear.port}\nUserName=work\nPublicKeyFile=${userKey.ppkFile}\n`,
    );
  }

  it('plink and psftp log in with a saved session and a known host key', async () => {
    const home = await makeHome('putty');
    await writeSession(home);
    await knowHost(home);
    const before = logins();

    const shell = await plink(home, ['-load', 'by-hand', 'id -un']);
    expect(shell).toMatchObject({ code: 0, stdout: 'work\n' });
    const files = await psftp(home, ['-load', 'by-hand'], ['pwd']);
    expect(files).toMatchObject({ code: 0 });
    expect(files.stdout).toContain(`Remote directory is ${account.home}`);
    expect(logins()).toBe(before + 2);
  });

  it('plink refuses an unknown host key instead of asking', async () => {
    const home = await makeHome('putty-unknown-host');
    await writeSession(home);
    const shell = await plink(home, ['-load', 'by-hand', 'id -un']);
    expect(shell.code).toBe(1);
    expect(shell.stderr).toContain('host key is not cached');
  });

  it('sftp logs in with the PEM file and a known_hosts line', async () => {
    const home = await makeHome('openssh');
    const knownHostsFile = join(home.path, 'known_hosts');
    await writeFile(knownHostsFile, `[127.0.0.1]:${dropbear.port} ${hostKey.publicKey}\n`);
    const login = { port: dropbear.port, user: 'work', keyFile: userKey.pemFile, knownHostsFile };
    expect(await sftp(home, login, ['pwd'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(account.home) as string,
    });
    await writeFile(knownHostsFile, '');
    expect((await sftp(home, login, ['pwd'])).code).not.toBe(0);
  });
});

describe('FileZilla', () => {
  async function writeSite(home: ClientHome): Promise<void> {
    await mkdir(fileZillaFolder(home), { recursive: true });
    const xml = `<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3><Servers><Folder expanded="1">By hand<Server>
<Host>127.0.0.1</Host><Port>${dropbear.port}</Port><Protocol>1</Protocol><User>work</User>
<Keyfile>${userKey.ppkFile}</Keyfile><Logontype>5</Logontype><Name>dropbear</Name>
<RemoteDir>1 0 4 home 4 work</RemoteDir>
</Server></Folder></Servers></FileZilla3>
`;
    await writeFile(join(fileZillaFolder(home), 'sitemanager.xml'), xml);
  }

  it('opens a site and lists its folder without a dialog', async () => {
    const home = await makeHome('filezilla');
    await writeSite(home);
    await knowHost(home);
    const before = logins();
    const outcome = await openInFileZilla(home, display, '0/By hand/dropbear');
    expect(outcome).toMatchObject({ listed: account.home, dialogs: [], errors: [] });
    expect(logins()).toBe(before + 1);
  });

  it('shows a dialog for an unknown host key, and that is noticed', async () => {
    const home = await makeHome('filezilla-unknown-host');
    await writeSite(home);
    const outcome = await openInFileZilla(home, display, '0/By hand/dropbear');
    expect(outcome).toMatchObject({ listed: undefined, dialogs: ['Unknown host key'] });
  });

  it('shows a dialog for a site that does not exist, and that is noticed', async () => {
    const home = await makeHome('filezilla-no-site');
    await writeSite(home);
    const outcome = await openInFileZilla(home, display, '0/By hand/other');
    expect(outcome.listed).toBeUndefined();
    expect(outcome.dialogs).not.toEqual([]);
  });
});
