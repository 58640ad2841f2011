import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const folder = new URL('../../src/convert/', import.meta.url);
const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => [name, readFileSync(new URL(name, folder), 'utf8')] as const);

test.each(sources)('%s imports at its top only Node and its own room', (_, source) => {
  const imports = [...source.matchAll(/^(?:import|export) .*?from '([^']+)';/gms)].map((m) => m[1]);
  for (const from of imports) expect(from).toMatch(/^(?:node:|\.\/[a-z0-9-]+\.js$)/);
});

test('the libraries that are loaded when needed are those that the package has', () => {
  const lazy = sources.flatMap(([, source]) =>
    [...source.matchAll(/await import\('([^']+)'\)/g)].map((match) => match[1]),
  );
  expect([...new Set(lazy)].sort()).toEqual(['bcrypt-pbkdf', 'hash-wasm', 'node-forge', 'sshpk']);
  // Each can be loaded by name as an ES module, with the shape that is used.
  const script = `
    const forge = (await import('node-forge')).default;
    const bcrypt = (await import('bcrypt-pbkdf')).default;
    const sshpk = (await import('sshpk')).default;
    const wasm = await import('hash-wasm');
    console.log([forge.pbe.generatePkcs12Key, forge.rc2.createDecryptionCipher, bcrypt.pbkdf,
      sshpk.parseKey, wasm.argon2id].map((part) => typeof part).join());`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(printed.trim()).toBe(Array(5).fill('function').join());
});
