import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { localTime } from '../../src/local-time.js';
import { resolveSession } from '../../src/manager/resolve-session.js';
import type { Session } from '../../src/manager/session.js';

function session(name: string, id: string, status = 'RUNNING'): Session {
  return {
    id,
    name,
    type: 'interactive',
    status,
    statusInfo: status === 'PENDING' ? 'no-available-instances' : null,
    image: 'python:3.9',
    createdAt: new Date('2026-01-02T03:00:00Z'),
    servicePorts: [],
  };
}

const TRAIN = session('train-01', '0d6b1b5e-8e5b-4d7e-9a75-0a1f2b3c4d5e');
const TRAIN_LONG = session('train-01-b', '0d6b1b5f-8e5b-4d7e-9a75-0a1f2b3c4d5e');
const HANGUL = session('학습-1', '77777777-8e5b-4d7e-9a75-0a1f2b3c4d5e');
const WAITING = session('waiting', '11111111-8e5b-4d7e-9a75-0a1f2b3c4d5e', 'PENDING');
const HEX = session('beef', '22222222-8e5b-4d7e-9a75-0a1f2b3c4d5e');
const BEEF_ID = session('cow', 'beef2222-8e5b-4d7e-9a75-0a1f2b3c4d5e');
const ALL = [TRAIN, TRAIN_LONG, HANGUL, WAITING, HEX, BEEF_ID];

describe('resolveSession', () => {
  it.each([
    ['an exact id', TRAIN_LONG.id, TRAIN_LONG],
    ['an id in upper case', TRAIN_LONG.id.toUpperCase(), TRAIN_LONG],
    ['an exact name that begins another', 'train-01', TRAIN],
    ['a prefix of one name', 'train-01-', TRAIN_LONG],
    ['a prefix in Hangul', '학', HANGUL],
    ['a prefix of one id', '0d6b1b5f', TRAIN_LONG],
    ['four digits of an id', '7777', HANGUL],
    ['an id prefix with a dash', '7777', HANGUL],
    ['a name before an id', 'beef', HEX],
    ['an id where no name fits', 'beef2', BEEF_ID],
    ['blanks around', ' 학습-1 ', HANGUL],
  ])('takes %s', (_what, reference, expected) => {
    expect(resolveSession(ALL, reference)).toBe(expected);
  });

  it('names the one that a mistyped name most likely means', () => {
    const { name } = ALL[0] ?? { name: '' };
    expect(() => resolveSession(ALL, `${name}x`)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/^perhaps .+ is meant; bai-win sessions lists them/) as string,
      }),
    );
  });

  it.each([
    'nothing',
    '',
    '   ',
    '777',
    'zzzz',
    'TRAIN-01',
    '0d6b1b5e-8e5b-4d7e-9a75-0a1f2b3c4d5f',
  ])('does not find "%s" and says what there is', (reference) => {
    expect(() => resolveSession(ALL, reference)).toThrow(
      expect.objectContaining({
        code: 'session-not-found',
        message: expect.stringContaining('train-01, train-01-b, 학습-1') as string,
        details: { names: ALL.map(({ name }) => name) },
      }),
    );
  });

  it('says so where there is no session at all', () => {
    expect(() => resolveSession([], 'train-01')).toThrow(/has no live session/u);
  });

  it.each(['train', 'tr', '0d6b'])('lists what "%s" could mean', (reference) => {
    expect(() => resolveSession(ALL, reference)).toThrow(
      expect.objectContaining({
        code: 'session-ambiguous',
        message: expect.stringContaining(
          `train-01  ${TRAIN.id}  interactive  RUNNING  ${localTime(new Date('2026-01-02T03:00:00Z'))}`,
        ) as string,
        details: [
          expect.objectContaining({ name: 'train-01', id: TRAIN.id }),
          expect.objectContaining({ name: 'train-01-b', id: TRAIN_LONG.id }),
        ],
      }),
    );
  });

  it('refuses a session that is not running and says why', () => {
    expect(() => resolveSession(ALL, 'waiting')).toThrow(
      expect.objectContaining({
        code: 'session-not-running',
        message: 'session "waiting" is PENDING (no-available-instances), not RUNNING',
      }),
    );
  });

  it('prefers the only running one of several that share a name', () => {
    const ending = session('train-01', '99999999-8e5b-4d7e-9a75-0a1f2b3c4d5e', 'TERMINATING');
    expect(resolveSession([ending, TRAIN], 'train-01')).toBe(TRAIN);
    const twin = { ...TRAIN, id: '88888888-8e5b-4d7e-9a75-0a1f2b3c4d5e' };
    expect(() => resolveSession([TRAIN, twin], 'train-01')).toThrow(/fits 2 sessions/u);
  });

  it('says of one that is started anew that it is not there yet, while the one before ends', () => {
    const ending = session('train-01', '99999999-8e5b-4d7e-9a75-0a1f2b3c4d5e', 'TERMINATING');
    const coming = { ...TRAIN, status: 'PREPARING' };
    expect(() => resolveSession([coming, ending], 'train-01')).toThrow(
      expect.objectContaining({
        code: 'session-not-running',
        message: 'session "train-01" is PREPARING, not RUNNING',
        hint: expect.stringContaining('wait') as string,
      }),
    );
  });

  it('takes every id, and every name that is nobody else’s', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z0-9][a-z0-9.-]{2,10}[a-z0-9]$/u), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(names, fc.array(fc.uuid(), { minLength: 8, maxLength: 8 }), (some, ids) => {
        const sessions = some.map((name, index) => session(name, ids[index] ?? ''));
        for (const one of sessions) {
          expect(resolveSession(sessions, one.id).id).toBe(one.id);
          expect(resolveSession(sessions, one.name).name).toBe(one.name);
        }
      }),
    );
  });
});
