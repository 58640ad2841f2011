/**
 * Key conversion beside puttygen, node-forge and sshpk, in one run: `npm run bench:convert` after
 * `npm run build`. Contenders run in shuffled order; each ratio is the median over repetitions of one
 * run, and figures of different runs or machines say nothing. Rows with puttygen need it installed.
 */
import { Buffer } from 'node:buffer';
import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const { readPrivateKey, writeOpenssh, writePpk } = await import('../dist/src/convert/index.js');
const { default: forge } = await import('node-forge');
const { default: sshpk } = await import('sshpk');

const REPETITIONS = 9;
const KEYS = 20;
const scratch = mkdtempSync(join(tmpdir(), 'bai-win-bench-'));
const pems = Array.from({ length: KEYS }, () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ format: 'pem', type: 'pkcs1' });
});
const keyFile = join(scratch, 'key');
const output = join(scratch, 'out.ppk');
writeFileSync(keyFile, pems[0], { mode: 0o600 });
const passphraseFile = join(scratch, 'pass');
writeFileSync(passphraseFile, 'passphrase', { mode: 0o600 });

const puttygen = spawnSync('puttygen', ['--version']).status === 0;
const convertCommand = fileURLToPath(new URL('../dist/bin/bai-win.cjs', import.meta.url));
const COMMENT = 'imported-openssh-key';

/** Converts every key once in this process. */
const each = (convert) => async () => {
  for (const pem of pems) await convert(pem);
};
/** Runs one program once. */
const program =
  (...command) =>
  () =>
    execFileSync(command[0], command.slice(1), { stdio: 'ignore' });

const argon2 = { passes: 13 };
const groups = {
  'RSA-2048 PEM to PPK 2, in process (keys/s)': {
    keys: KEYS,
    contenders: {
      'bai-win': each(async (pem) => writePpk(await readPrivateKey(Buffer.from(pem)))),
      'node-forge': each((pem) =>
        forge.ssh.privateKeyToPutty(forge.pki.privateKeyFromPem(pem), '', COMMENT),
      ),
    },
  },
  'RSA-2048 PEM to OpenSSH, in process (keys/s)': {
    keys: KEYS,
    contenders: {
      'bai-win': each(async (pem) => writeOpenssh(await readPrivateKey(Buffer.from(pem)))),
      sshpk: each((pem) => sshpk.parsePrivateKey(pem, 'pem').toBuffer('openssh')),
    },
  },
  ...(puttygen && {
    'RSA-2048 PEM to PPK 2, as a program (runs/s)': {
      keys: 1,
      contenders: {
        'bai-win in a new Node': program(
          process.execPath,
          ...['--input-type=module', '-e'],
          `import { readPrivateKey, writePpk } from ${JSON.stringify(
            new URL('../dist/src/convert/index.js', import.meta.url).href,
          )}; import { readFileSync, writeFileSync } from 'node:fs';
          writeFileSync(${JSON.stringify(output)},
            await writePpk(await readPrivateKey(readFileSync(${JSON.stringify(keyFile)}))));`,
        ),
        ...(existsSync(convertCommand) && {
          'bai-win convert': program(
            ...[process.execPath, convertCommand, 'convert', keyFile, '-o', output, '--force'],
          ),
        }),
        'an empty Node': program(process.execPath, '-e', '0'),
        puttygen: program(
          ...['puttygen', keyFile, '-O', 'private', '--ppk-param', 'version=2', '-o', output],
        ),
      },
    },
    'PPK 3 with Argon2id, 8 MiB, 13 passes (keys/s)': {
      keys: 1,
      contenders: {
        'bai-win': async () =>
          writePpk(await readPrivateKey(Buffer.from(pems[0])), { passphrase: 'x', argon2 }),
        'puttygen, a process': program(
          ...['puttygen', keyFile, '-P', '--new-passphrase', passphraseFile, '-O', 'private'],
          ...['--ppk-param', 'passes=13', '-o', output],
        ),
      },
    },
  }),
};

const print = (line) => process.stdout.write(`${line}\n`);
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

for (const [title, { keys, contenders }] of Object.entries(groups)) {
  const times = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (const work of Object.values(contenders)) await work();
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    const order = Object.keys(contenders).sort(() => Math.random() - 0.5);
    for (const name of order) {
      const start = performance.now();
      await contenders[name]();
      times[name].push(performance.now() - start);
    }
  }
  const [first] = Object.keys(contenders);
  print(`\n${title}`);
  for (const [name, own] of Object.entries(times)) {
    const ratio = median(own.map((time, index) => time / times[first][index]));
    const rate = ((1000 * keys) / median(own)).toFixed(1).padStart(9);
    print(`  ${name.padEnd(24)}${rate}   ${ratio.toFixed(2)} x the time of ${first}`);
  }
}

if (puttygen) {
  const same = { 'bai-win': 0, 'node-forge': 0 };
  for (const pem of pems) {
    writeFileSync(keyFile, pem);
    const parameters = ['-O', 'private', '--ppk-param', 'version=2', '-o', output];
    execFileSync('puttygen', [keyFile, ...parameters]);
    const expected = readFileSync(output, 'utf8');
    const ours = await writePpk(await readPrivateKey(Buffer.from(pem)));
    const theirs = forge.ssh.privateKeyToPutty(forge.pki.privateKeyFromPem(pem), '', COMMENT);
    same['bai-win'] += Number(ours.toString() === expected);
    same['node-forge'] += Number(theirs.replaceAll('\r\n', '\n') === expected);
  }
  print(`\nOf ${KEYS} keys byte for byte as puttygen:`);
  for (const [name, count] of Object.entries(same)) print(`  ${name.padEnd(24)}${count}`);
}
rmSync(scratch, { recursive: true });
