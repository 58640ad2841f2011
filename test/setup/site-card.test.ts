import { expect, test } from 'vitest';
import { siteCard, type SiteCard } from '../../src/setup/site-card.js';
import { testHost } from '../changes/support.js';
import { testWorkspace } from './support/workspace.js';

async function cardAt(host: string, port: number): Promise<SiteCard> {
  const record = {
    endpoint: 'https://api.example.com',
    accessKey: 'AKIA',
    sessionName: 'demo',
    sessionId: '',
    direct: { via: 'direct', host, port },
    user: 'work',
    clients: [],
    keyFingerprint: '',
    hostKeyFingerprint: '',
    // "ssh-ed25519" and a public key of 32 zeros (RFC 8709, section 4).
    hostKey: Buffer.concat([
      Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
      Buffer.alloc(32),
    ]).toString('base64'),
  } as const;
  return siteCard(testWorkspace(await testHost()), { id: 'demo-1', record });
}

test('IPv6 addresses stand in brackets where a port or path may follow', async () => {
  const { url, ssh, sftp, hostKey } = await cardAt('fd00::1', 2200);
  expect(url).toBe('sftp://work@[fd00::1]:2200/home/work');
  expect(ssh).toMatch(/ -p 2200 work@fd00::1$/);
  expect(sftp).toMatch(/ -P 2200 '?work@\[fd00::1\]'?$/);
  expect(hostKey?.knownHosts).toMatch(/^\[fd00::1\]:2200 ssh-ed25519 /);
});

test('the own port of ssh is not part of a line for known_hosts', async () => {
  const { url, hostKey } = await cardAt('fd00::1', 22);
  expect(url).toBe('sftp://work@[fd00::1]:22/home/work');
  expect(hostKey?.knownHosts).toMatch(/^fd00::1 ssh-ed25519 /);
});
