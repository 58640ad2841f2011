/** The processes of the bench: C programs built here, contenders, and the load that goes through them. */
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import forge from 'node-forge';

const here = import.meta.dirname;
const running = new Set();

/** Ends what was started here. */
export function endAll() {
  for (const child of running) child.kill('SIGKILL');
}

function keep(child) {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** Builds a program of this folder into `folder`; returns its path. */
export function build(name, folder) {
  const output = join(folder, name);
  try {
    execFileSync('gcc', ['-O3', '-pthread', '-o', output, join(here, `${name}.c`)]);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Error('the bench needs gcc: a backend in Node would be what is measured', {
      cause: error,
    });
  }
  return output;
}

/** Starts the backend; returns its two ports. */
export async function startBackend(program) {
  const child = keep(spawn(program, { stdio: ['ignore', 'pipe', 'inherit'] }));
  const [line] = await once(child.stdout, 'data');
  const [plain, webSocket] = String(line).trim().split(' ').map(Number);
  return { plain, webSocket };
}

/** Starts a contender; `usage` asks it for its CPU seconds and resident bytes. */
export async function startContender(kind, url, plainPort, env = {}) {
  const child = keep(
    fork(join(here, 'contender.mjs'), [kind, url, String(plainPort)], {
      env: { ...process.env, ...env },
    }),
  );
  const [{ port }] = await once(child, 'message');
  return {
    kind,
    port,
    async usage() {
      child.send('usage');
      const [usage] = await once(child, 'message');
      return usage;
    },
    end: () => child.kill(),
  };
}

/** Runs the load generator to its end; returns its figures. */
export async function load(program, ...parameters) {
  const child = startLoad(program, ...parameters);
  let text = '';
  child.stdout.on('data', (data) => (text += data));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`load ${parameters.join(' ')} failed`);
  return text.trim().split(' ').map(Number);
}

/** Starts the load generator and leaves it running. */
export function startLoad(program, ...parameters) {
  return keep(spawn(program, parameters.map(String), { stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** A certificate for 127.0.0.1 with its key, in one PEM file. */
export function makeCertificate(folder) {
  const keys = forge.pki.rsa.generateKeyPair(2048);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - 86_400_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  const name = [{ name: 'commonName', value: '127.0.0.1' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  const path = join(folder, 'tls.pem');
  const pem = forge.pki.privateKeyToPem(keys.privateKey) + forge.pki.certificateToPem(certificate);
  writeFileSync(path, pem, { mode: 0o600 });
  return path;
}
