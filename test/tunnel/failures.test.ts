import { expect, it } from 'vitest';
import { unreachable } from '../../src/tunnel/failures.js';

const of = (code: string, message: string) =>
  unreachable('m.example.com', Object.assign(new Error(message), { code }));

it('leaves out what Node advises those who start it themselves', () => {
  const { message, hint } = of(
    'SELF_SIGNED_CERT_IN_CHAIN',
    'self-signed certificate in certificate chain; if the root CA is installed locally, try running Node.js with --use-system-ca',
  );
  expect(message).toMatch(/m\.example\.com.*: self-signed certificate in certificate chain$/u);
  expect(hint).toContain('--ca');
});

it('names no file of authorities where none would help', () => {
  const { code, message, hint } = of('UNSPECIFIED', 'EE certificate key too weak');
  expect(code).toBe('tunnel-tls');
  expect(message).toContain('EE certificate key too weak');
  expect(hint).toBe('to see what is wrong with it, type: bai-win sessions');
});

it('takes no other protocol error for one of TLS', () => {
  expect(of('EPROTOTYPE', 'write EPROTOTYPE').code).toBe('tunnel-unreachable');
});
