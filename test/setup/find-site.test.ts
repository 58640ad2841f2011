import { describe, expect, test } from 'vitest';
import { BaiError } from '../../src/errors.js';
import {
  findSite,
  findSiteExactly,
  findSiteToClose,
  knownSites,
} from '../../src/setup/find-site.js';
import type { SiteRecord, State } from '../../src/setup/state.js';

const record = (sessionName: string, accessKey = 'AKIA'): SiteRecord => ({
  endpoint: 'http://127.0.0.1:8090',
  accessKey,
  sessionName,
  sessionId: `5e55-of-${sessionName}`,
  port: 22022,
  user: 'work',
  clients: [],
  keyFingerprint: 'SHA256:',
  hostKeyFingerprint: 'SHA256:',
});

/** Ids whose order is not that of the names, as they depend on the endpoint. */
const state: State = {
  sites: {
    'aaaa-train': { ...record('train'), nameTemplate: '{session} of {user}' },
    'bbbb-demo': record('demo', 'AKIB'),
    'cccc-demo': record('demo'),
    'dddd-demo-2': record('demo-2'),
  },
};
const everyone = { endpoint: undefined, accessKey: undefined };
const idOf = (reference: string, owner: { accessKey?: string } = {}): string =>
  findSite(state, reference, { ...everyone, ...owner }).id;

function refusal(look: () => unknown): BaiError {
  try {
    look();
  } catch (error) {
    if (error instanceof BaiError) return error;
    throw error;
  }
  throw new Error('found');
}

test('sites come in the order of their names, then of their ids', () => {
  const ids = knownSites(state).map(({ id }) => id);
  expect(ids).toEqual(['bbbb-demo', 'cccc-demo', 'dddd-demo-2', 'aaaa-train']);
});

describe('findSite', () => {
  test('takes a whole id or name before the beginning of one', () => {
    expect(idOf('cccc-demo')).toBe('cccc-demo');
    expect(idOf('5e55-of-train')).toBe('aaaa-train');
    expect(idOf('demo', { accessKey: 'AKIA' })).toBe('cccc-demo');
    expect(idOf('tr')).toBe('aaaa-train');
    expect(idOf('AAAA')).toBe('aaaa-train');
  });

  test('tells sites of one name apart where it lists what there is', () => {
    expect(refusal(() => idOf('nope')).message).toContain(
      'these are: demo (bbbb-demo), demo (cccc-demo), demo-2, train',
    );
  });

  test('knows the name that clients show', () => {
    expect(idOf('train of work')).toBe('aaaa-train');
  });

  test('prefers whose site is signed in where several fit', () => {
    const mine = findSite(state, 'demo', everyone, { endpoint: undefined, accessKey: 'AKIB' });
    expect(mine.id).toBe('bbbb-demo');
  });

  test('refuses what fits several, and names them', () => {
    const { code, message } = refusal(() => idOf('demo'));
    expect(code).toBe('site-ambiguous');
    expect(message).toMatch(/bbbb-demo .+\n.+cccc-demo /u);
  });

  test('names what is set up where nothing fits', () => {
    const { code, message } = refusal(() => idOf('nope', { accessKey: 'AKIA' }));
    expect(code).toBe('site-not-found');
    expect(message).toMatch(/: demo, demo-2, train$/u);
    expect(refusal(() => idOf('')).code).toBe('site-not-found');
  });

  test.each([findSite, findSiteExactly, findSiteToClose])(
    'tells which name is near to one that is misspelt: %o',
    (find) => {
      const hintFor = (reference: string): string =>
        refusal(() => find(state, reference, everyone)).hint;
      expect(hintFor('trian')).toBe(`perhaps train is meant; ${hintFor('nope')}`);
      expect(hintFor('nope')).not.toContain('perhaps');
    },
  );

  test('wants the whole name for what takes things away', () => {
    const exactly = (reference: string) => () => findSiteExactly(state, reference, everyone);
    expect(refusal(exactly('tr')).code).toBe('site-not-found');
    expect(exactly('train')().id).toBe('aaaa-train');
  });
});
