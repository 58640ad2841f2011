import { createPublicKey, randomBytes } from 'node:crypto';
import type { RsaSource } from './keys.js';

/** What an HTTPS server shows, and who vouches for it. */
export interface ServerIdentity {
  /** PEM. Secret. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
  /** The private certificate authority, PEM: what a client has to be given to trust the server. */
  readonly authority: string;
}

const day = 24 * 3600 * 1000;

/** Makes a certificate authority and a certificate of it for 127.0.0.1 and localhost. */
export async function createIdentity(rsa: RsaSource): Promise<ServerIdentity> {
  // node-forge is large, and most demos speak plain HTTP.
  const { default: forge } = await import('node-forge');
  const [authorityKey, serverKey] = await Promise.all([rsaPem(rsa), rsaPem(rsa)]);

  const make = (
    subject: string,
    publicKey: string,
  ): ReturnType<typeof forge.pki.createCertificate> => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
    certificate.serialNumber = `00${randomBytes(15).toString('hex')}`;
    certificate.validity.notBefore = new Date(Date.now() - day);
    certificate.validity.notAfter = new Date(Date.now() + 30 * day);
    certificate.setSubject([{ name: 'commonName', value: subject }]);
    certificate.setIssuer([{ name: 'commonName', value: 'bai-win demo authority' }]);
    return certificate;
  };
  const sha256 = forge.md.sha256;
  const signer = forge.pki.privateKeyFromPem(authorityKey.privatePem);
  const authority = make('bai-win demo authority', authorityKey.publicPem);
  authority.setExtensions([
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
  ]);
  authority.sign(signer, sha256.create());
  const server = make('127.0.0.1', serverKey.publicPem);
  server.setExtensions([
    { name: 'basicConstraints', cA: false },
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      // 7 is an IP address, 2 a DNS name (RFC 5280, section 4.2.1.6).
      altNames: [
        { type: 7, ip: '127.0.0.1' },
        { type: 2, value: 'localhost' },
      ],
    },
  ]);
  server.sign(signer, sha256.create());
  return {
    key: serverKey.privatePem,
    certificate: forge.pki.certificateToPem(server),
    authority: forge.pki.certificateToPem(authority),
  };
}

async function rsaPem(rsa: RsaSource): Promise<{ privatePem: string; publicPem: string }> {
  const privateKey = await rsa();
  return {
    privatePem: privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
    publicPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
  };
}
