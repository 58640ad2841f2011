import { generateKeyPairSync } from 'node:crypto';
import { isIP } from 'node:net';

import forge from 'node-forge';

interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** An authority and a certificate that it signed for `name`; the keys are made for this run. */
export function certify(
  name: string,
  notAfter = new Date('2099-01-01T00:00:00Z'),
): { ca: string; server: KeyPair } {
  const ca = certificate('Test Authority', '01', notAfter);
  const server = certificate(name, '02', notAfter, ca);
  return {
    ca: forge.pki.certificateToPem(ca.cert),
    server: {
      key: forge.pki.privateKeyToPem(server.key),
      cert: forge.pki.certificateToPem(server.cert),
    },
  };
}

interface Certificate {
  readonly key: forge.pki.rsa.PrivateKey;
  readonly cert: forge.pki.Certificate;
}

function certificate(
  name: string,
  serialNumber: string,
  notAfter: Date,
  issuer?: Certificate,
): Certificate {
  // Node makes keys in a tenth of the time that forge needs.
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = forge.pki.privateKeyFromPem(
    pair.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(),
  );
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.setRsaPublicKey(key.n, key.e);
  cert.serialNumber = serialNumber;
  cert.validity.notBefore = new Date('2020-01-01T00:00:00Z');
  cert.validity.notAfter = notAfter;
  cert.setSubject([{ name: 'commonName', value: name }]);
  cert.setIssuer((issuer?.cert ?? cert).subject.attributes);
  // RFC 5280, section 4.2.1.6: 2 is a DNS name, 7 an address.
  cert.setExtensions(
    issuer === undefined
      ? [{ name: 'basicConstraints', cA: true }]
      : [
          {
            name: 'subjectAltName',
            altNames: [isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name }],
          },
        ],
  );
  cert.sign(issuer?.key ?? key, forge.md.sha256.create());
  return { key, cert };
}
