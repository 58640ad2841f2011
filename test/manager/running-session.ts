import type { Session } from '../../src/manager/session.js';

/** A session as `listSessions` gives it. */
export const SESSION: Session = {
  id: '0d6b1b5e-8e5b-4d7e-9a75-0a1f2b3c4d5e',
  name: 'train-01',
  type: 'interactive',
  status: 'RUNNING',
  statusInfo: null,
  image: 'python:3.9',
  createdAt: new Date('2026-01-02T03:00:00Z'),
  servicePorts: [],
};
