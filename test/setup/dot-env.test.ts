import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findDotEnv } from '../../src/setup/dot-env.js';

let root: string;
let inner: string;
let notices: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'bai-win-dot-env-'));
  inner = join(root, 'a', 'b');
  await mkdir(inner, { recursive: true });
  notices = [];
});
afterEach(() => rm(root, { recursive: true, force: true }));

const find = (folder: string | null) =>
  findDotEnv({ folder, notice: (line) => void notices.push(line) });

describe('.env', () => {
  it('is the nearest one at or above the folder', async () => {
    await writeFile(join(root, '.env'), 'BACKEND_ENDPOINT=https://far.example.com\n');
    await writeFile(join(root, 'a', '.env'), 'BACKEND_ENDPOINT=https://near.example.com\n');
    expect(await find(inner)).toEqual({
      path: join(root, 'a', '.env'),
      values: { BACKEND_ENDPOINT: 'https://near.example.com' },
    });
  });

  it('may be what PowerShell 5 writes', async () => {
    await writeFile(
      join(inner, '.env'),
      Buffer.from('\uFEFFBACKEND_ACCESS_KEY=AKIA\r\n', 'utf16le'),
    );
    expect((await find(inner))?.values).toEqual({ BACKEND_ACCESS_KEY: 'AKIA' });
  });

  it('is not looked for from a folder that is gone', async () => {
    expect(await find(null)).toBeNull();
  });

  it('is not a folder of that name', async () => {
    await mkdir(join(inner, '.env'));
    await writeFile(join(root, '.env'), 'A=1\n');
    expect((await find(inner))?.path).toBe(join(root, '.env'));
  });

  // Only root can give files away.
  it.skipIf(process.getuid?.() !== 0)('of another user is passed over, and told', async () => {
    const foreign = join(inner, '.env');
    await writeFile(foreign, 'BACKEND_ENDPOINT=https://evil.example.com\n');
    await chown(foreign, 65534, 65534);
    await writeFile(join(root, '.env'), 'BACKEND_ENDPOINT=https://mine.example.com\n');
    expect((await find(inner))?.values).toEqual({ BACKEND_ENDPOINT: 'https://mine.example.com' });
    expect(notices).toEqual([`${foreign} belongs to another user and is not used`]);
  });
});
