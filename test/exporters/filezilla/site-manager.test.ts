import { describe, expect, test } from 'vitest';
import { filezilla, filezillaSitePath } from '../../../src/exporters/filezilla/exporter.js';
import type { Machine } from '../../../src/exporters/exporter.js';
import type { Site } from '../../../src/exporters/site.js';
import { fixture } from '../fixtures.js';
import { announced, linux, siteOf, windows, World } from '../world.js';

const file = '/home/kim/.config/filezilla/sitemanager.xml';
const windowsFile = 'C:\\Users\\kim\\AppData\\Roaming\\FileZilla\\sitemanager.xml';
const fileOf = (machine: Machine): string => (machine.platform === 'win32' ? windowsFile : file);

function worldWith(content: string | Buffer, machine: Machine = linux): World {
  return new World(machine, { [fileOf(machine)]: content });
}

function plan(world: World, site: Site): void {
  world.apply(filezilla.plan(site, world.machine, announced(world, filezilla)));
}

function unplan(world: World, site: Site): void {
  world.apply(filezilla.unplan(site, world.machine, announced(world, filezilla)));
}

const pathIn = (world: World, site: Site): string =>
  filezillaSitePath(site, world.machine, announced(world, filezilla));

/** The list after planning a site into it. */
function listWith(content: string, site: Site = siteOf(linux)): string {
  const world = worldWith(content);
  plan(world, site);
  return world.text(file);
}

const list = (inside: string): string =>
  `<FileZilla3>\n\t<Servers>\n${inside}\t</Servers>\n</FileZilla3>\n`;
const second = siteOf(linux, {
  id: 'x-1',
  name: '학습-1 & <"co">',
  port: 1,
  remoteDirectory: '/home/work/모델 😀',
});

/** `Server` elements and folder heads, sorted as FileZilla does not matter to what they say. */
const entries = (text: string): string[] =>
  (text.match(/<Server>[^]*?<\/Server>|<Folder[^>]*>[^<]*/g) ?? []).map((e) => e.trim()).sort();

describe('what is written is called', () => {
  const titles = (world: World, ask: 'plan' | 'unplan', site: Site): string[] =>
    filezilla[ask](site, world.machine, announced(world, filezilla))
      .filter(({ stage }) => stage === 'entry')
      .map(({ title }) => title);
  const demo = siteOf(linux);

  test('by the name of the site where it is alone', () => {
    const world = new World(linux);
    expect(titles(world, 'plan', demo)).toEqual(['FileZilla site "demo"']);
    plan(world, demo);
    expect(titles(world, 'unplan', demo)).toEqual(['FileZilla site "demo"']);
  });

  test('by its number, and by the name that the user gave it', () => {
    const foreign =
      '\t\t<Folder expanded="1">Backend.AI\n\t\t\t<Server><Name>demo</Name></Server>\n\t\t</Folder>\n';
    const world = worldWith(list(foreign));
    expect(titles(world, 'plan', demo)).toEqual(['FileZilla site "demo 2"']);
    plan(world, demo);
    expect(titles(world, 'unplan', demo)).toEqual(['FileZilla site "demo 2"']);
    const renamed = worldWith(world.text(file).replace('demo 2', 'my notes'));
    expect(titles(renamed, 'unplan', demo)).toEqual(['FileZilla site "my notes"']);
  });
});

describe('a new list', () => {
  test.each([
    [linux, '/home/kim/keys/demo.ppk'],
    [windows, 'C:\\Users\\kim\\keys\\demo.ppk'],
  ])('is written as FileZilla writes it', (machine, keyFile) => {
    const world = new World(machine);
    plan(world, siteOf(machine));
    expect(world.text(fileOf(machine))).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3>
	<Servers>
		<Folder expanded="1">Backend.AI<Server>
				<Host>127.0.0.1</Host>
				<Port>22022</Port>
				<Protocol>1</Protocol>
				<Type>0</Type>
				<User>work</User>
				<Keyfile>${keyFile}</Keyfile>
				<Logontype>5</Logontype>
				<EncodingType>Auto</EncodingType>
				<BypassProxy>1</BypassProxy>
				<Name>demo</Name>
				<Comments>made by bai-win for a Backend.AI session; keep this mark: bai-win:demo-1a2b3c4d</Comments>
				<RemoteDir>1 0 4 home 4 work</RemoteDir>
				<SyncBrowsing>0</SyncBrowsing>
				<DirectoryComparison>0</DirectoryComparison>
			</Server>
		</Folder>
	</Servers>
</FileZilla3>
`);
  });

  test('takes the place of an empty file', () => {
    const fresh = new World(linux);
    plan(fresh, siteOf(linux));
    expect(listWith('')).toBe(fresh.text(file));
  });

  test('goes away with its last site', () => {
    const world = new World(linux);
    plan(world, siteOf(linux));
    plan(world, second);
    unplan(world, siteOf(linux));
    unplan(world, second);
    expect(world.files.size).toBe(0);
  });
});

describe('a list that FileZilla 3.63 saved', () => {
  const before = fixture('filezilla/list-saved-by-filezilla-3.63.xml').toString();
  const after = fixture('filezilla/list-with-our-sites-saved-by-filezilla-3.63.xml').toString();

  test('with our sites is what FileZilla itself makes of them, but for the order', () => {
    const ours = listWith(listWith(before), second);
    expect(entries(ours)).toEqual(entries(after));
    expect(ours.length).toBe(after.length);
  });

  test('keeps every byte outside of our folder', () => {
    const ours = listWith(before);
    const start = ours.indexOf('\n\t\t<Folder expanded="1">Backend.AI');
    const end = ours.indexOf('\n\t</Servers>');
    expect(ours.slice(0, start) + ours.slice(end)).toBe(before);
  });

  test('needs nothing after FileZilla saved it with our sites', () => {
    const world = worldWith(after);
    expect(filezilla.plan(siteOf(linux), linux, world).filter((c) => c.stage === 'entry')).toEqual(
      [],
    );
    expect(filezilla.plan(second, linux, world).filter((c) => c.stage === 'entry')).toEqual([]);
    expect(pathIn(world, second)).toBe('0/Backend.AI/학습-1 & <"co">');
  });

  test('loses our sites and folder, and nothing else', () => {
    const world = worldWith(after);
    unplan(world, siteOf(linux));
    expect(world.text(file)).toContain('학습-1');
    unplan(world, second);
    expect(world.text(file)).toBe(before);
  });

  test('without sites is opened and closed again', () => {
    const empty = fixture('filezilla/empty-list-saved-by-filezilla-3.63.xml').toString();
    const world = worldWith(empty);
    plan(world, siteOf(linux));
    expect(pathIn(world, siteOf(linux))).toBe('0/Backend.AI/demo');
    unplan(world, siteOf(linux));
    expect(world.text(file)).toBe(empty);
  });
});

describe('what the user had stays when our last site goes', () => {
  test.each([
    ['a folder of our name, closed', list('<Folder expanded="0">Backend.AI\n</Folder>\n')],
    ['one with a mark of its own', list('<Folder expanded="1" x="1">Backend.AI\n</Folder>\n')],
    ['one in a line', list('<Folder expanded="1">Backend.AI</Folder>\n')],
    ['no list at all', '<FileZilla3>\n\t<Other/>\n</FileZilla3>'],
    ['no list, nor anything else', '<?xml version="1.0"?>\n<FileZilla3 version="3.66.5"/>\n'],
    ['no line ends', '<FileZilla3><Queue/></FileZilla3>'],
  ])('%s', (_, text) => {
    const world = worldWith(text);
    plan(world, siteOf(linux));
    plan(world, second);
    unplan(world, siteOf(linux));
    expect(world.text(file)).toContain('학습-1');
    unplan(world, second);
    expect(world.text(file)).toBe(text);
  });
});

describe('our entry', () => {
  test('is found where the user moved it and under its new name, and only the connection changes', () => {
    const world = worldWith(
      list(
        '\t\t<Folder expanded="1">Work<Server>\n\t\t\t<!-- mine --><Host>localhost</Host><Port>1</Port>\n' +
          '\t\t\t<Logontype>1</Logontype><Pass encoding="base64">eA==</Pass><Keyfile />\n' +
          '\t\t\t<Name>GPU/box \\ 1</Name><Colour>3</Colour>\n' +
          '\t\t\t<Comments>my note\nbai-win:demo-1a2b3c4d</Comments><RemoteDir>1 0 1 x</RemoteDir>\n' +
          '\t\t</Server>\n\t\t</Folder>\n',
      ),
    );
    plan(world, siteOf(linux, { user: 'a&b' }));
    expect(world.text(file)).toBe(
      list(
        '\t\t<Folder expanded="1">Work<Server>\n\t\t\t<!-- mine --><Host>127.0.0.1</Host><Port>22022</Port>\n' +
          '\t\t\t<Logontype>5</Logontype><Pass encoding="base64">eA==</Pass><Keyfile>/home/kim/keys/demo.ppk</Keyfile>\n' +
          '\t\t\t<Name>GPU/box \\ 1</Name><Colour>3</Colour>\n' +
          '\t\t\t<Comments>my note\nbai-win:demo-1a2b3c4d</Comments><RemoteDir>1 0 1 x</RemoteDir>\n' +
          '\t\t\t<Protocol>1</Protocol>\n\t\t\t<User>a&amp;b</User>\n\t\t\t<BypassProxy>1</BypassProxy>\n' +
          '\t\t</Server>\n\t\t</Folder>\n',
      ),
    );
    expect(pathIn(world, siteOf(linux))).toBe('0/Work/GPU\\/box \\\\ 1');
    expect(filezilla.howToOpen(siteOf(linux), linux, world)).toEqual([
      'File > Site Manager > Work > GPU/box \\ 1 > Connect',
      'filezilla --site="0/Work/GPU\\/box \\\\ 1"',
    ]);
    unplan(world, siteOf(linux));
    expect(world.text(file)).toBe(list('\t\t<Folder expanded="1">Work\n\t\t</Folder>\n'));
  });

  test.each([
    ['a comment before it', '<Port><!-- mine -->1</Port>', '<Port><!-- mine -->22022</Port>'],
    ['one behind it', '<Port>1<!-- mine --></Port>', '<Port>22022<!-- mine --></Port>'],
    ['a comment alone', '<Port>\n<!-- mine -->\n</Port>', '<Port>\n<!-- mine -->22022</Port>'],
    ['an attribute', '<Port a="1"/>', '<Port a="1">22022</Port>'],
    ['both', '<Port a=">">1<?mine?></Port>', '<Port a=">">22022<?mine?></Port>'],
    [
      'a section',
      '<Port><!--a--><![CDATA[1]]><!--b--></Port>',
      '<Port><!--a-->22022<!--b--></Port>',
    ],
    ['blanks', '<Port >\n 1 \n</Port >', '<Port >22022</Port >'],
    ['nothing', '<Port />', '<Port>22022</Port>'],
  ])('keeps what somebody has put around a value: %s', (_, before, after) => {
    const others =
      '<Server><Host>127.0.0.1</Host><Protocol>1</Protocol><Comments>bai-win:demo-1a2b3c4d</Comments>';
    const world = worldWith(list(`${others}${before}</Server>\n`));
    plan(world, siteOf(linux));
    expect(world.text(file)).toContain(`${others}${after}`);
    expect(filezilla.plan(siteOf(linux), linux, world)).toEqual([]);
  });

  test('is not one whose mark only begins like ours', () => {
    const stranger =
      '\t\t<Server>\n\t\t\t<Comments>bai-win:demo-1a2b3c4d5 bai-win:demo</Comments>\n\t\t</Server>\n';
    expect(listWith(list(stranger))).toContain(stranger);
  });

  test('is none any more where the user made one for another server of it', () => {
    const mark = '<Comments>bai-win:demo-1a2b3c4d</Comments>';
    const others =
      `\t\t<Server><Host>my.example</Host><Port>22022</Port><Pass>x</Pass>${mark}</Server>\n` +
      `\t\t<Server><Host>127.0.0.1</Host><Port>8022</Port><Keyfile>/home/kim/own.ppk</Keyfile>${mark}</Server>\n`;
    const world = worldWith(list(others));
    plan(world, siteOf(linux));
    expect(world.text(file)).toContain(others);
    unplan(world, siteOf(linux));
    expect(world.text(file)).toBe(list(others));
  });

  test('is kept up in each copy that the user made', () => {
    const copy = '<Server><Port>1</Port><Comments>bai-win:demo-1a2b3c4d</Comments></Server>';
    const text = listWith(list(`\t\t${copy}\n\t\t${copy}\n`));
    expect(text.match(/<Port>22022<\/Port>/g)).toHaveLength(2);
    const world = worldWith(text);
    unplan(world, siteOf(linux));
    expect(world.text(file)).toBe(list(''));
  });
});

describe('names that are taken', () => {
  const folderOf = (text: string): string | undefined =>
    /<Folder expanded="1">(Backend[^<\n]*)<Server>\s*<Host>127/.exec(text)?.[1];
  const nameOf = (text: string): string | undefined =>
    /<Name>([^<]*)<\/Name>\s*<Comments>made/.exec(text)?.[1];
  const site = (name: string): string =>
    `<Server><Host>h</Host><Port>1</Port><Name>${name}</Name></Server>`;

  test.each([
    ['a site called Backend.AI', site('Backend.AI'), 'Backend.AI 2'],
    ['an old-style site called so', '<Server><Host>h</Host>Backend.AI</Server>', 'Backend.AI 2'],
    ['a folder in other case', '<Folder>backend.ai</Folder>', 'Backend.AI 2'],
    ['a folder that only --site sees', '<Folder><Name>Backend.AI</Name></Folder>', 'Backend.AI 2'],
    ['several of them', `${site('backend.AI')}<Folder>BACKEND.AI 2</Folder>`, 'Backend.AI 3'],
  ])('%s: our folder is numbered', (_, inside, expected) => {
    const text = listWith(list(inside));
    expect(folderOf(text)).toBe(expected);
    expect(text).toContain(inside);
    expect(folderOf(listWith(text, siteOf(linux, { id: 'x-1' })))).toBe(expected);
    expect(
      listWith(text, siteOf(linux, { id: 'x-1' })).split('Backend.AI 2<Server').length,
    ).toBeLessThan(3);
    const world = worldWith(text);
    unplan(world, siteOf(linux));
    expect(world.text(file)).toBe(list(inside));
  });

  test('the first of two folders of our name is used, as --site would', () => {
    const text = listWith(
      list('<Folder>Backend.AI<!-- 1 --></Folder><Folder>Backend.AI<!-- 2 --></Folder>'),
    );
    expect(text).toMatch(/<!-- 1 -->\s*<Server>/);
  });

  test('sites and folders share their names, in any case', () => {
    const inside = `<Folder>Backend.AI${site('DEMO')}<Folder>Demo 2</Folder></Folder>`;
    const text = listWith(list(inside));
    expect(nameOf(text)).toBe('demo 3');
    expect(pathIn(worldWith(text), siteOf(linux))).toBe('0/Backend.AI/demo 3');
  });

  test('an empty folder of the user stays when our site goes', () => {
    for (const inside of [
      '<Folder expanded="0">Backend.AI</Folder>',
      '<Folder>\n\tBackend.AI\n</Folder>',
    ]) {
      const world = worldWith(list(inside));
      plan(world, siteOf(linux));
      expect(world.text(file)).toContain('made by bai-win');
      unplan(world, siteOf(linux));
      expect(world.text(file)).toBe(list(inside));
    }
  });
});

test.each([
  ['/home/work', '1 0 4 home 4 work', '1 0 4 home 4 work'],
  ['/', '1 0', '1 0'],
  ['/home/모델 😀/', '1 0 4 home 5 모델 😀', '1 0 4 home 4 모델 😀'],
])('%s opens as a safe path', (remoteDirectory, onWindows, elsewhere) => {
  for (const [machine, expected] of [
    [windows, onWindows],
    [linux, elsewhere],
  ] as const) {
    const world = new World(machine);
    plan(world, siteOf(machine, { remoteDirectory }));
    expect(world.text(fileOf(machine))).toContain(`<RemoteDir>${expected}</RemoteDir>`);
  }
});
