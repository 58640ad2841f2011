/**
 * The tools of this folder, and what the other tests here rely on Wine to do as Windows does. What it
 * does not do stands in README.md.
 */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeCleanup } from '../clients/support/cleanup.js';
import { makeScratchFolder, type ScratchFolder } from '../clients/support/scratch-folder.js';
import { waitUntil } from '../clients/support/wait-until.js';
import { exportRegistryKey } from './support/registry.js';
import { startWine, type Wine } from './support/wine.js';

const cleanup = makeCleanup();
let scratch: ScratchFolder;
let wine: Wine;

beforeAll(async () => {
  scratch = await makeScratchFolder();
  cleanup.defer(() => scratch.remove());
  wine = await startWine(scratch.path);
  cleanup.defer(() => wine.stop());
});

afterAll(() => cleanup.run());

async function evaluate(expression: string, env: Record<string, string> = {}): Promise<unknown> {
  const script = join(scratch.path, 'script.mjs');
  await writeFile(
    script,
    `console.log(JSON.stringify((await (async () => ${expression})()) ?? null))\n`,
  );
  const { code, stdout, stderr } = await wine.runNode([wine.windowsPath(script)], { env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as unknown;
}

it('node.exe is a Windows program with Windows folders', async () => {
  const facts = await evaluate(
    '[process.platform, process.env.APPDATA, process.env.LOCALAPPDATA, process.env.HOME ?? null, process.env.EXTRA]',
    { EXTRA: '한글' },
  );
  const user = /^[Cc]:\\users\\[^\\]+\\AppData\\/;
  expect(facts).toEqual([
    'win32',
    expect.stringMatching(new RegExp(`${user.source}Roaming$`)),
    expect.stringMatching(new RegExp(`${user.source}Local$`)),
    null,
    '한글',
  ]);
});

it('exit codes, standard output and standard error come back', async () => {
  const code = 'console.log("out"); console.error("err"); process.exitCode = 7';
  expect(await wine.runNode(['-e', code])).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
});

it('C: is a folder of ours', async () => {
  await evaluate(
    "(await import('node:fs')).writeFileSync('C:\\\\users\\\\Public\\\\한글.txt', 'text')",
  );
  const path = wine.linuxPath('C:\\users\\Public\\한글.txt');
  expect(await readFile(path, 'utf8')).toBe('text');
});

it('reg.exe export shows what reg.exe add has written', async () => {
  const key = 'HKCU\\Software\\bai-win test';
  expect(await exportRegistryKey(wine, key)).toBeNull();
  await wine.run(['reg', 'add', key, '/v', 'a b', '/t', 'REG_SZ', '/d', 'C:\\한 "q" %X%', '/f']);
  await wine.run(['reg', 'add', key, '/v', 'n', '/t', 'REG_DWORD', '/d', '22', '/f']);
  expect(await exportRegistryKey(wine, key)).toBe(
    [
      'Windows Registry Editor Version 5.00',
      '',
      '[HKEY_CURRENT_USER\\Software\\bai-win test]',
      '"a b"="C:\\\\한 \\"q\\" %X%"',
      '"n"=dword:00000016',
      '',
      '',
    ].join('\n'),
  );
});

it('a Windows program reaches a server on the Linux side', async () => {
  const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = `new Promise(async (resolve, reject) => (await import('node:net'))
    .connect(${port}, '127.0.0.1').on('error', reject).on('data', (bytes) => resolve(String(bytes))))`;
  expect(await evaluate(client)).toBe('hello');
  server.close();
});

it('Ctrl-C reaches a Windows program', async () => {
  const code =
    'process.on("SIGINT", () => process.exit(4)); setInterval(() => {}, 1000); console.log("up")';
  const program = await wine.startNode(['-e', code]);
  await waitUntil('it runs', 30_000, () => (program.output().includes('up') ? true : undefined));
  program.interrupt();
  expect(await program.ended).toBe(4);
});
