import { describe, expect, test } from 'vitest';
import { BaiError } from '../../src/errors.js';
import { joinStates, parseState, serializeState, type SiteRecord } from '../../src/setup/state.js';

const record: SiteRecord = {
  endpoint: 'http://127.0.0.1:8090',
  accessKey: 'AKIA',
  sessionName: 'demo',
  sessionId: '',
  port: 22022,
  user: 'work',
  clients: ['filezilla'],
  keyFingerprint: '',
  hostKeyFingerprint: '',
};

const parse = (text: string) => parseState(Buffer.from(text), '/home/kim/sites.json');

/** What a text is refused with; the error of a fault in the program is none. */
function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof BaiError && error.message.includes('/home/kim/sites.json')) {
      return error.code;
    }
    throw error;
  }
  return 'accepted';
}

test('what is known of two states at once are the sites and clients of both', () => {
  const used = { ...record, sessionId: 'id', keyFingerprint: 'k', hostKeyFingerprint: 'h' };
  const [former, latter] = [
    { ...used, port: 1, clients: ['putty'] },
    { ...used, port: 2, clients: ['filezilla', 'putty'] },
  ];
  expect(joinStates({ sites: { a: former, b: used } }, { sites: { a: latter, c: used } })).toEqual({
    sites: {
      a: { ...former, clients: ['filezilla', 'putty'] },
      b: used,
      c: record,
    },
  });
});

describe('parseState', () => {
  test('reads what was written, and nothing where there is no file', () => {
    const state = { sites: { 'demo-1': { ...record, hostKey: 'AAAA' }, 'x-2': record } };
    expect(parseState(serializeState(state), '')).toEqual(state);
    expect(parseState(null, '')).toEqual({ sites: {} });
  });

  test('reads what an editor has saved with a byte order mark', () => {
    const bytes = serializeState({ sites: { 'demo-1': record } });
    const marked = Buffer.from(`\ufeff${bytes.toString()}`);
    expect(parseState(marked, '')).toEqual({ sites: { 'demo-1': record } });
  });

  test('keeps the local port of a site apart from where its clients go', () => {
    const { port, ...withoutPort } = record;
    const direct = { via: 'direct', host: '10.0.0.7', port: port + 1 } as const;
    const sites = { 'demo-1': { ...record, direct }, 'x-2': { ...withoutPort, direct } };
    const bytes = serializeState({ sites });
    expect(JSON.parse(bytes.toString())).toMatchObject({ version: 2 });
    expect(parseState(bytes, '')).toEqual({ sites });
  });

  test('where all sites have a tunnel the program before can read it', () => {
    const bytes = serializeState({ sites: { 'demo-1': record } });
    expect(JSON.parse(bytes.toString())).toEqual({ version: 1, sites: { 'demo-1': record } });
  });

  test('reads layout 1, where the port of a site without a tunnel was that of its host', () => {
    const direct = { via: 'appproxy', host: '10.0.0.7' };
    const old = { 'demo-1': { ...record, direct, port: 30_001 }, 'x-2': record };
    const { sites } = parse(JSON.stringify({ version: 1, sites: old }));
    expect(sites['demo-1']).toMatchObject({ direct: { ...direct, port: 30_001 } });
    expect(sites['demo-1']?.port).toBeUndefined();
    expect(sites['x-2']).toEqual(record);
  });

  test.each([
    ['state-unreadable', '{'],
    ['state-incomplete', 'null'],
    ['state-incomplete', '1'],
    ['state-incomplete', '[]'],
    ['state-incomplete', '{"version":1}'],
    ['state-incomplete', '{"version":1,"sites":null}'],
    ['state-incomplete', '{"version":1,"sites":[]}'],
    ['state-too-new', '{"version":3,"sites":{}}'],
    ['state-record-damaged', '{"version":1,"sites":{"demo-1":null}}'],
    ['state-record-damaged', '{"version":1,"sites":{"demo-1":[]}}'],
  ])('%s: %s', (code, text) => {
    expect(refusal(text)).toBe(code);
  });

  test('without the file every session is to be set up again', () => {
    expect(() => parse('{')).toThrow(
      expect.objectContaining({
        hint: 'move that file away, then run setup again for each session; assigned ports may change',
      }),
    );
  });

  test.each(Object.keys(record))('a record with a wrong %s is refused, and named', (name) => {
    const text = (value: unknown) =>
      JSON.stringify({ version: 1, sites: { 'demo-1': { ...record, [name]: value } } });
    for (const value of [undefined, null, {}, true]) {
      expect(refusal(text(value))).toBe('state-record-damaged');
    }
    expect(() => parse(text(null))).toThrow('demo-1');
  });

  test.each([
    ['a port that is a text', { port: '22022' }],
    ['a client that is none', { clients: [1] }],
    ['a host key that is none', { hostKey: 1 }],
    ['a key that is none', { identity: null }],
    ['a direct host that is none', { direct: { via: 'direct', host: 1 } }],
    ['a direct way that is none', { direct: { via: 'tunnel', host: '10.0.0.7' } }],
    [
      'a direct host with a port that is a text',
      { direct: { via: 'direct', host: '10.0.0.7' }, port: '1' },
    ],
  ])('%s is refused', (_, wrong) => {
    const text = JSON.stringify({ version: 1, sites: { 'demo-1': { ...record, ...wrong } } });
    expect(refusal(text)).toBe('state-record-damaged');
  });
});
