import { describe, expect, test } from 'vitest';
import { BaiError } from '../../../src/errors.js';
import { filezilla } from '../../../src/exporters/filezilla/exporter.js';
import { linux, siteOf, World } from '../world.js';

const directory = '/home/kim/.config/filezilla';
const file = `${directory}/sitemanager.xml`;

/** The error of a plan; the world must stay as it is. */
function refusal(files: Record<string, string | Buffer>): BaiError {
  const world = new World(linux, files);
  const before = world.state();
  for (const ask of ['plan', 'unplan'] as const) {
    let error: unknown;
    try {
      filezilla[ask](siteOf(linux), linux, world);
    } catch (thrown) {
      error = thrown;
    }
    expect(world.state()).toEqual(before);
    if (ask === 'unplan' && error instanceof BaiError) return error;
  }
  throw new Error('not refused');
}

const good = '<FileZilla3><Servers></Servers></FileZilla3>';

describe('a list that cannot be understood is refused', () => {
  test.each([
    ['cut off', '<FileZilla3><Servers><Server>', 'filezilla-xml-malformed'],
    ['crossed tags', '<FileZilla3><a><b></a></b></FileZilla3>', 'filezilla-xml-malformed'],
    ['text behind the root', `${good}x`, 'filezilla-xml-malformed'],
    ['two roots', good + good, 'filezilla-xml-malformed'],
    ['a bare ampersand', '<FileZilla3>a & b</FileZilla3>', 'filezilla-xml-malformed'],
    ['only white space', ' \n', 'filezilla-xml-malformed'],
    ['only a byte order mark', Buffer.from([0xef, 0xbb, 0xbf]), 'filezilla-xml-malformed'],
    ['not XML', 'hello', 'filezilla-xml-malformed'],
    ['a comment that does not end', '<FileZilla3><!-- </FileZilla3>', 'filezilla-xml-malformed'],
    [
      'a document type',
      `<!DOCTYPE FileZilla3 [<!ENTITY a "b">]>${good}`,
      'filezilla-xml-malformed',
    ],
    ['an attribute without value', '<FileZilla3 a></FileZilla3>', 'filezilla-xml-malformed'],
    ['a NUL', '<FileZilla3>\0</FileZilla3>', 'filezilla-xml-malformed'],
    ['a control character', '<FileZilla3 a="\x1b"></FileZilla3>', 'filezilla-xml-malformed'],
    ['a noncharacter', '<FileZilla3><!-- \uffff --></FileZilla3>', 'filezilla-xml-malformed'],
    ['another root', '<FileZilla2></FileZilla2>', 'filezilla-xml-root'],
    ['Latin-1 bytes', Buffer.from('<FileZilla3>\xe9</FileZilla3>', 'latin1'), 'xml-undecodable'],
    ['half a UTF-16 unit', Buffer.from([0xff, 0xfe, 0x3c]), 'xml-undecodable'],
    ['half a surrogate pair', Buffer.from([0xff, 0xfe, 0x3c, 0xd8, 0x3c, 0]), 'xml-undecodable'],
    ['UTF-16 without mark', Buffer.from(good, 'utf16le'), 'filezilla-xml-malformed'],
    [
      'Latin-1 by declaration',
      `<?xml version="1.0" encoding="ISO-8859-1"?>${good}`,
      'xml-encoding-unknown',
    ],
  ])('%s', (_, content, code) => {
    const error = refusal({ [file]: content });
    expect(error.code).toBe(code);
    expect(error.message).toContain(file);
    expect(error.message).not.toMatch(/^[A-Z]|\.$/);
    expect(error.hint).not.toMatch(/^[A-Z]|\.$/);
  });

  test('says where the fault is', () => {
    const error = refusal({ [file]: '<FileZilla3>\n<a>\n</b>\n</FileZilla3>' });
    expect(error.message).toMatch(/line 3/);
  });

  test('says in words that the end is missing', () => {
    const error = refusal({ [file]: '<FileZilla3>\n <Servers>\n  <Server>\n   <User>me' });
    expect(error.message).toBe(
      `${file} is not well-formed XML: "<User>" without end tag (line 4, column 4)`,
    );
  });

  test("points to FileZilla's own copy where there is one", () => {
    const damaged = { [file]: '<FileZilla3>' };
    expect(refusal(damaged).hint).toContain('put a good copy');
    expect(refusal({ ...damaged, [`${file}~`]: good }).hint).toContain(
      `restores the file from ${file}~`,
    );
  });

  test.each([
    ['is missing', {}],
    ['is empty', { [file]: '' }],
  ])('as is one that %s while FileZilla has a copy to restore', (words, files) => {
    const error = refusal({ ...files, [`${file}~`]: good });
    expect(error.code).toBe('filezilla-copy-pending');
    expect(error.message).toContain(words);
  });

  test('a damaged hostkeys.xml stops the plan as well', () => {
    const error = refusal({ [`${directory}/hostkeys.xml`]: '<FileZilla3>' });
    expect(error.message).toContain('hostkeys.xml is not well-formed');
  });
});

test('a stale copy beside a good file stays where it is', () => {
  const world = new World(linux, { [file]: good, [`${file}~`]: 'stale' });
  world.apply(filezilla.plan(siteOf(linux), linux, world));
  expect(world.text(`${file}~`)).toBe('stale');
  expect(world.text(file)).toContain('bai-win:demo-1a2b3c4d');
});
