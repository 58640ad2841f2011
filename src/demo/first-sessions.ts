import { randomBytes } from 'node:crypto';
import type { SessionSpec } from './session.js';

/** The five sessions that everybody meets, and one of somebody else that only admins see. */
export function firstSessions(accessKey: string): SessionSpec[] {
  const minutesAgo = (minutes: number): number => Date.now() - minutes * 60_000;
  const pending = { keyOrigin: 'keypair', status: 'PENDING' } as const;
  const own = { accessKey, createdAt: minutesAgo(26 * 60) };
  return [
    {
      ...pending,
      name: 'somebody-elses',
      accessKey: randomAccessKey(),
      createdAt: minutesAgo(30 * 60),
    },
    { ...own, name: 'demo-own-key', keyOrigin: 'own' },
    { ...own, name: 'demo-dropbear', keyOrigin: 'dropbear', createdAt: minutesAgo(50) },
    {
      ...own,
      name: 'demo-upload',
      keyOrigin: 'keypair',
      type: 'system',
      createdAt: minutesAgo(20),
    },
    { ...own, name: 'demo', keyOrigin: 'keypair', createdAt: minutesAgo(5) },
    { ...own, ...pending, name: 'demo-pending', createdAt: minutesAgo(1) },
  ];
}

/** Like AWS's: 20 upper-case letters and digits. */
export function randomAccessKey(): string {
  return `AKIA${randomBytes(8).toString('hex').toUpperCase()}`;
}
