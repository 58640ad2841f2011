import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { filezilla, filezillaSitePath } from '../../../src/exporters/filezilla/exporter.js';
import type { Site } from '../../../src/exporters/site.js';
import { fixture } from '../fixtures.js';
import { linux, siteOf, World } from '../world.js';

const file = '/home/kim/.config/filezilla/sitemanager.xml';
const site = siteOf(linux);

function plan(world: World, wanted: Site): boolean {
  const changes = filezilla.plan(wanted, linux, world);
  world.apply(changes);
  return changes.length > 0;
}

/** What was put into `before`, in one place, to make `after`; `null` where anything else differs. */
function insertion(before: string, after: string): string | null {
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  const length = after.length - before.length;
  const rest = after.slice(0, start) + after.slice(start + length);
  return length > 0 && rest === before ? after.slice(start, start + length) : null;
}

/** One site of ours, alone or in a new folder, and blanks. */
const ourElement =
  /^[^<>]*(?:<?Folder expanded="1">Backend\.AI(?: \d)?<)?[^<>]*<?Server>(?:(?!Server>)[^])*bai-win:demo-1a2b3c4d(?:(?!Server>)[^])*<\/Server>\s*(?:<\/Folder>)?\s*<?$/;

/** For lists that were not there at all: white space does not count. */
const normal = (text: string): string => text.replace(/\s+/g, ' ');

// Text, markup and layout as users' files and other tools' output have them.
const word = fc.constantFrom(
  'demo',
  'Backend.AI',
  '한글 이름',
  'a &amp; b &lt;c&gt; &#xD55C; &quot;',
  '😀',
  'x'.repeat(300),
);
const noise = fc.constantFrom(
  '',
  '<!-- a comment with <Server> in it -->',
  '<?tool instruction?>',
  '<![CDATA[<Server><Host>not one</Host></Server>]]>',
  '<Unknown a="1" b=\'&gt; "quoted"\'/>',
  '<Unknown><deep><er> text </er></deep></Unknown>',
  '<Server></Server>',
  '<Folder/>',
);
const gap = fc.constantFrom('', ' ', '\n', '\n\t\t', '\n      ', '\n\n\n', '\t');
const siteText = fc
  .record({ name: word, extra: noise, space: gap, pass: fc.constantFrom('', 'crypt', 'base64') })
  .map(
    ({ name, extra, space, pass }) =>
      `<Server>${space}<Host>h.example.org</Host>${extra}<Port>22</Port>` +
      (pass ? `<Pass encoding="${pass}" pubkey="AAAA">Zm9v</Pass>` : '') +
      `<Name>${name}</Name>${space}</Server>`,
  );
const { entry } = fc.letrec<{ entry: string; folder: string }>((tie) => ({
  entry: fc.oneof({ depthSize: 'small', withCrossShrink: true }, siteText, noise, tie('folder')),
  folder: fc
    .record({ name: word, inside: fc.array(tie('entry'), { maxLength: 4 }), space: gap })
    .map(
      ({ name, inside, space }) =>
        `<Folder expanded="0">${name}${inside.join(space)}${space}</Folder>`,
    ),
}));
const document = fc
  .record({
    head: fc.constantFrom(
      '',
      '<?xml version="1.0"?>\n',
      '<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>\n<!-- made by a tool -->\n',
    ),
    attributes: fc.constantFrom('', ' version="3.63.0" platform="windows"', ' version="99.0.0"'),
    before: noise,
    entries: fc.array(entry, { maxLength: 6 }),
    space: gap,
    servers: fc.constantFrom('<Servers />', '<Servers/>', 'none', 'list', 'list', 'list'),
    after: fc.constantFrom('', '<Servers><Server><Name>second list</Name></Server></Servers>'),
    end: fc.constantFrom('', '\n'),
  })
  .map(({ head, attributes, before, entries, space, servers, after, end }) => {
    const list =
      servers === 'list'
        ? `<Servers>${space}${entries.join(space)}${space}</Servers>${after}`
        : servers.replace('none', '');
    return {
      text: `${head}<FileZilla3${attributes}>${before}${space}${list}${space}</FileZilla3>${end}`,
      list,
    };
  });

type Encoder = (text: string) => Buffer;
const encoders: Record<string, Encoder> = {
  'UTF-8': (text) => Buffer.from(text),
  'UTF-8 with mark': (text) => Buffer.from(`\ufeff${text}`),
  'UTF-16LE': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16BE': (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
};
const decoders: Record<string, string> = { 'UTF-16LE': 'utf-16le', 'UTF-16BE': 'utf-16be' };

describe.each(Object.keys(encoders))('lists in %s', (encoding) => {
  const encode = encoders[encoding] ?? (() => Buffer.alloc(0));
  const decode = (bytes: Buffer | undefined): string =>
    new TextDecoder(decoders[encoding] ?? 'utf-8', { fatal: true }).decode(bytes);

  test('outside of our element every byte stays; twice is once; taking out undoes', () => {
    fc.assert(
      fc.property(document, fc.boolean(), ({ text, list }, crlf) => {
        // Of a folder that looks as ours does when it is empty, nobody can say whose it was.
        fc.pre(!/<Folder expanded="1">Backend\.AI[ \t]*\n[ \t]*<\/Folder>/.test(text));
        const before = encode(crlf ? text.replace(/\n/g, '\r\n') : text);
        const world = new World(linux, { [file]: before });

        plan(world, site);
        const planned = decode(world.files.get(file));
        const original = decode(before);
        expect(planned).toContain('bai-win:demo-1a2b3c4d');
        if (list.startsWith('<Servers>')) {
          expect(insertion(original, planned)).toMatch(ourElement);
        }
        if (list === '')
          expect(normal(planned)).toContain(normal(original).split('</FileZilla3>')[0]?.trimEnd());
        if (crlf && original.includes('\r\n')) expect(planned).not.toMatch(/[^\r]\n/);
        expect(filezillaSitePath(site, linux, world)).toMatch(/^0\/Backend\.AI( \d)?\/demo( \d)?$/);

        expect(plan(world, site)).toBe(false);

        world.apply(filezilla.unplan(site, linux, world));
        const left = world.files.get(file);
        expect(left?.equals(before)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe('large lists', () => {
  const one = (n: number): string =>
    `\t\t<Server>\n\t\t\t<Host>h${n}.example.org</Host>\n\t\t\t<Port>22</Port>\n\t\t\t<Protocol>1</Protocol>\n` +
    `\t\t\t<User>kim</User>\n\t\t\t<Pass encoding="base64">eA==</Pass>\n\t\t\t<Logontype>1</Logontype>\n` +
    `\t\t\t<EncodingType>Auto</EncodingType>\n\t\t\t<BypassProxy>0</BypassProxy>\n\t\t\t<Name>site ${n}</Name>\n` +
    `\t\t\t<SyncBrowsing>0</SyncBrowsing>\n\t\t</Server>\n`;

  function roundTrip(before: string): void {
    const world = new World(linux, { [file]: before });
    plan(world, site);
    expect(insertion(before, world.text(file))).toMatch(ourElement);
    world.apply(filezilla.unplan(site, linux, world));
    expect(world.text(file)).toBe(before);
  }

  test('5,000 sites', () => {
    const sites = Array.from({ length: 5000 }, (_, n) => one(n)).join('');
    roundTrip(`<FileZilla3>\n\t<Servers>\n${sites}\t</Servers>\n</FileZilla3>\n`);
  });

  test('2,000 folders inside each other', () => {
    const depth = 2000;
    const nested = `${'<Folder>d'.repeat(depth)}${'</Folder>'.repeat(depth)}`;
    roundTrip(`<FileZilla3>\n\t<Servers>\n\t\t${nested}\n\t</Servers>\n</FileZilla3>\n`);
  });

  test('several sites in the list of a real FileZilla, taken out in any order', () => {
    const before = fixture('filezilla/list-saved-by-filezilla-3.63.xml');
    const sites = ['a', 'b', 'c'].map((id) => siteOf(linux, { id, name: 'same' }));
    fc.assert(
      fc.property(fc.shuffledSubarray(sites, { minLength: 3 }), (order) => {
        const world = new World(linux, { [file]: before });
        for (const each of sites) plan(world, each);
        expect(sites.map((each) => filezillaSitePath(each, linux, world))).toEqual([
          '0/Backend.AI/same',
          '0/Backend.AI/same 2',
          '0/Backend.AI/same 3',
        ]);
        for (const each of order) world.apply(filezilla.unplan(each, linux, world));
        expect(world.files.get(file)?.equals(before)).toBe(true);
      }),
    );
  });
});
