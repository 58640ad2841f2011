import { randomBytes } from 'node:crypto';
import { symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDemo, type Demo, type DemoRecord } from '../../src/demo/index.js';
import { login, sftp } from './client.js';

let demo: Demo;
const records: DemoRecord[] = [];
beforeAll(async () => {
  demo = await startDemo({ log: (record) => records.push(record) });
}, 60_000);
afterAll(() => demo.close());

describe('login through the tunnel', () => {
  it.each(['demo', 'demo-dropbear', 'demo-own-key'])('lets the key of %s in', async (name) => {
    let hostKey = '';
    const client = await login(demo, name, {
      hostVerifier: (key: Buffer) => {
        hostKey = `ssh-rsa ${key.toString('base64')}`;
        return true;
      },
    });
    expect(hostKey).toBe(demo.session(name).hostKey);
    client.end();
    expect(records).toContainEqual({
      kind: 'ssh',
      session: name,
      what: 'logged-in',
      detail: 'work',
    });
  });

  it('refuses the key of another session, other accounts and passwords', async () => {
    const other = demo.session('demo-dropbear').privateKey;
    await expect(login(demo, 'demo', { privateKey: other })).rejects.toThrow(/authentication/i);
    await expect(login(demo, 'demo', { username: 'root' })).rejects.toThrow(/authentication/i);
    await expect(login(demo, 'demo-own-key', { privateKey: '', password: 'x' })).rejects.toThrow();
  });

  it('follows a changed user key and host key', async () => {
    const before = demo.session('demo-own-key');
    const after = await demo.rotateKey('demo-own-key');
    expect(after.publicKey).not.toBe(before.publicKey);
    await expect(login(demo, 'demo-own-key', { privateKey: before.privateKey })).rejects.toThrow(
      /authentication/i,
    );
    (await login(demo, 'demo-own-key')).end();

    const { hostKey } = await demo.rotateHostKey('demo-own-key');
    expect(hostKey).not.toBe(before.hostKey);
    let seen = '';
    const client = await login(demo, 'demo-own-key', {
      hostVerifier: (key: Buffer) => {
        seen = `ssh-rsa ${key.toString('base64')}`;
        return true;
      },
    });
    client.end();
    expect(seen).toBe(hostKey);
  });
});

describe('the server', () => {
  it('greets like dropbear and closes the sixth stranger without a word', async () => {
    const port = demo.sshPort('demo-dropbear');
    const strangers = [];
    for (let index = 0; index < 5; index++) {
      const socket = connect(port, '127.0.0.1');
      const [banner] = (await once(socket, 'data')) as [Buffer];
      expect(banner.toString('latin1')).toMatch(/^SSH-2\.0-dropbear_/);
      strangers.push(socket);
    }
    const sixth = connect(port, '127.0.0.1');
    let heard = 0;
    sixth.on('data', (data) => (heard += data.length));
    sixth.on('error', () => undefined);
    await once(sixth, 'close');
    expect(heard).toBe(0);
    await Promise.all(
      strangers.map((socket) => {
        socket.destroy();
        return once(socket, 'close');
      }),
    );
    await expect.poll(() => demo.connections('demo-dropbear').ssh).toBe(0);
    (await login(demo, 'demo-dropbear')).end();
  });

  it('runs a few commands and gives their status', async () => {
    const client = await login(demo, 'demo');
    const run = (command: string): Promise<{ out: string; status: number }> =>
      new Promise((resolve, reject) => {
        client.exec(command, (error, channel) => {
          if (error !== undefined) {
            reject(error);
            return;
          }
          let out = '';
          let status = -1;
          channel.on('data', (data: Buffer) => (out += data.toString()));
          channel.on('exit', (code: number) => (status = code));
          channel.on('close', () => {
            resolve({ out, status });
          });
        });
      });
    expect(await run('echo hello "world"')).toEqual({ out: 'hello world\n', status: 0 });
    expect(await run('pwd')).toEqual({ out: '/home/work\n', status: 0 });
    expect(await run('exit 7')).toEqual({ out: '', status: 7 });
    expect((await run('rm -rf /')).status).toBe(127);
    client.end();
  });

  it('has a shell that says what it is', async () => {
    const client = await login(demo, 'demo');
    const text = await new Promise<string>((resolve, reject) => {
      client.shell((error, channel) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        let out = '';
        channel.on('data', (data: Buffer) => (out += data.toString()));
        channel.on('close', () => {
          resolve(out);
        });
        channel.write('pwx\x7fd\rexit\r');
      });
    });
    expect(text).toContain('demo session of bai-win');
    expect(text).toContain('\r\n/home/work\r\n');
    client.end();
  });
});

describe('SFTP', () => {
  let client: ssh2.Client;
  let files: ssh2.SFTPWrapper;
  const ask = <T>(start: (done: (error: unknown, value?: T) => void) => void): Promise<T> =>
    new Promise((resolve, reject) => {
      start((error, value) => {
        if (error instanceof Error) reject(error);
        else resolve(value as T);
      });
    });
  beforeAll(async () => {
    client = await login(demo, 'demo');
    files = await sftp(client);
  }, 60_000);
  afterAll(() => client.end());

  it('shows the home at /home/work, and nothing above it', async () => {
    const names = async (path: string): Promise<string[]> => {
      const list = await ask<ssh2.FileEntryWithStats[]>((done) => {
        files.readdir(path, done);
      });
      return list.map(({ filename }) => filename).sort();
    };
    expect(
      await ask((done) => {
        files.realpath('.', done);
      }),
    ).toBe('/home/work');
    expect(await names('/home/work')).toEqual(
      expect.arrayContaining(['.ssh', 'README.txt', 'id_container', 'my-folder']),
    );
    expect(await names('my-folder')).toContain('안녕.txt');
    expect(await names('/')).toEqual(expect.arrayContaining(['home']));
    await expect(names('/etc')).rejects.toThrow(/No such file/);
    await expect(names('/home/work/../../etc')).rejects.toThrow(/No such file/);
  });

  it('lists like ls -l', async () => {
    const list = await ask<ssh2.FileEntryWithStats[]>((done) => {
      files.readdir('/home/work', done);
    });
    const key = list.find(({ filename }) => filename === 'id_container');
    expect(key?.longname).toMatch(
      /^-rw------- +1 work +work +\d+ [A-Z][a-z]{2} [ \d]\d \d\d:\d\d id_container$/,
    );
  });

  it('takes 8 MiB up and gives the same bytes back', async () => {
    const bytes = randomBytes(8 * 1024 * 1024);
    await ask<undefined>((done) => {
      files.writeFile('big.bin', bytes, done);
    });
    const back = await ask<Buffer>((done) => {
      files.readFile('big.bin', done);
    });
    expect(back.equals(bytes)).toBe(true);
  });

  it('creates, renames, changes and removes', async () => {
    await ask((done) => {
      files.mkdir('a', done);
    });
    await ask((done) => {
      files.writeFile('a/one', 'x', done);
    });
    await ask((done) => {
      files.appendFile('a/one', 'yz', done);
    });
    await ask((done) => {
      files.utimes('a/one', 1000, 2000, done);
    });
    await ask((done) => {
      files.chmod('a/one', 0o600, done);
    });
    const stats = await ask<ssh2.Stats>((done) => {
      files.stat('a/one', done);
    });
    expect([stats.size, stats.mtime, stats.mode & 0o777]).toEqual([3, 2000, 0o600]);
    await ask((done) => {
      files.writeFile('a/two', '', done);
    });
    await expect(
      ask((done) => {
        files.rename('a/one', 'a/two', done);
      }),
    ).rejects.toThrow();
    await ask((done) => {
      files.unlink('a/two', done);
    });
    await ask((done) => {
      files.rename('a/one', 'a/two', done);
    });
    await expect(
      ask((done) => {
        files.rmdir('a', done);
      }),
    ).rejects.toThrow();
    const opened = promisify(files.open.bind(files));
    await expect(opened('a/two', 'wx')).rejects.toThrow();
    await ask((done) => {
      files.unlink('a/two', done);
    });
    await ask((done) => {
      files.rmdir('a', done);
    });
    await expect(
      ask((done) => {
        files.stat('a', done);
      }),
    ).rejects.toThrow(/No such file/);
  });

  it('does not follow links out of the home, and makes none', async () => {
    const home = demo.homeDirectory('demo');
    await writeFile(join(home, '..', 'outside.txt'), 'secret');
    await symlink(join(home, '..'), join(home, 'way-out'));
    await symlink(join(home, '..', 'outside.txt'), join(home, 'link'));
    for (const path of ['link', 'way-out/outside.txt', '../outside.txt']) {
      await expect(
        ask((done) => {
          files.readFile(path, done);
        }),
      ).rejects.toThrow();
      await expect(
        ask((done) => {
          files.writeFile(path, 'x', done);
        }),
      ).rejects.toThrow();
    }
    await expect(
      ask((done) => {
        files.readdir('way-out', done);
      }),
    ).rejects.toThrow();
    await expect(
      ask((done) => {
        files.symlink('x', 'y', done);
      }),
    ).rejects.toThrow();
    await expect(
      ask((done) => {
        files.writeFile('/tmp/x', 'x', done);
      }),
    ).rejects.toThrow(/denied/);
  });
});
