/** A list of thousands of sites takes as many times longer as it is longer, and no more. */
import { expect, test } from 'vitest';
import { filezilla } from '../../../src/exporters/filezilla/exporter.js';
import { announced, linux, siteOf, World } from '../world.js';

const file = '/home/kim/.config/filezilla/sitemanager.xml';

/** A list as FileZilla writes it, in folders of 50. */
function listOf(sites: number): string {
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<FileZilla3>', '\t<Servers>'];
  for (let n = 0; n < sites; n++) {
    if (n % 50 === 0) lines.push(`${n === 0 ? '' : '\t\t</Folder>\n'}\t\t<Folder>folder ${n}`);
    lines.push(
      '\t\t\t<Server>',
      `\t\t\t\t<Host>host-${n}.example.org</Host>`,
      '\t\t\t\t<Port>22</Port>',
      '\t\t\t\t<Protocol>1</Protocol>',
      `\t\t\t\t<User>user ${n} &amp; co</User>`,
      '\t\t\t\t<Pass encoding="base64">c2VjcmV0</Pass>',
      '\t\t\t\t<Logontype>1</Logontype>',
      `\t\t\t\t<Name>site ${n}</Name>`,
      '\t\t\t</Server>',
    );
  }
  return [...lines, '\t\t</Folder>', '\t</Servers>', '</FileZilla3>', ''].join('\n');
}

/** Milliseconds for putting a site in and taking it out; the best of some tries. */
function timeFor(sites: number): number {
  const before = listOf(sites);
  const times = Array.from({ length: 3 }, () => {
    const world = new World(linux, { [file]: before });
    const began = performance.now();
    const site = siteOf(linux);
    world.apply(filezilla.plan(site, linux, announced(world, filezilla)));
    filezilla.howToOpen(site, linux, announced(world, filezilla));
    world.apply(filezilla.unplan(site, linux, announced(world, filezilla)));
    const time = performance.now() - began;
    expect(world.text(file)).toBe(before);
    return time;
  });
  return Math.min(...times);
}

test('5,000 sites take some ten times as long as 500', () => {
  // What grows with the square would take a hundred times as long.
  expect(timeFor(5000) / timeFor(500)).toBeLessThan(30);
});
