import { expect, test } from 'vitest';
import type { Exporter } from '../../src/exporters/exporter.js';
import { filezilla } from '../../src/exporters/filezilla/exporter.js';
import { mobaxterm } from '../../src/exporters/mobaxterm/exporter.js';
import { planAll } from '../../src/exporters/plan-all.js';
import { putty } from '../../src/exporters/putty/exporter.js';
import { planClients } from '../../src/setup/plan-clients.js';
import { siteOf, windows, World } from '../exporters/world.js';

const site = { ...siteOf(windows), ppkPath: 'C:\\Users\\김 철수\\demo.ppk' };
const planOn =
  (world: World) =>
  (some: readonly Exporter[]): ReturnType<typeof planAll> =>
    planAll(some, [site], world.machine, world);
const plan = planOn(new World(windows));
const all = [filezilla, putty, mobaxterm];

test('what was only found and cannot be written for is left out', () => {
  const { changes, exporters, leftOut } = planClients(all, ['putty', 'mobaxterm'], plan);
  expect(exporters).toEqual([filezilla, putty]);
  expect(changes).toEqual(plan([filezilla, putty]));
  expect(leftOut).toMatchObject([{ title: 'MobaXterm', reason: { code: 'mobaxterm-characters' } }]);
});

test.each([
  ['was named', all, ['filezilla', 'putty']],
  ['is the only one', [mobaxterm], ['mobaxterm']],
])('what %s has to be written for', (_, exporters, optional) => {
  expect(() => planClients(exporters, optional, plan)).toThrow(
    expect.objectContaining({
      code: 'mobaxterm-characters',
      hint: expect.stringMatching(/without %, or leave mobaxterm out of --for$/) as string,
    }),
  );
});

test('what cannot be understood stops the plan, with how to go without', () => {
  const list = 'C:\\Users\\kim\\AppData\\Roaming\\FileZilla\\sitemanager.xml';
  const broken = planOn(new World(windows, { [list]: '<FileZilla3>' }));
  const ids = all.map(({ id }) => id);
  const hinting = (hint: RegExp): unknown =>
    expect.objectContaining({
      code: 'filezilla-xml-malformed',
      hint: expect.stringMatching(hint) as string,
    });
  expect(() => planClients(all, ids, broken)).toThrow(hinting(/; or go without it: --for putty$/));
  // A client that was written for before is written for whatever --for says.
  expect(() => planClients(all, ['putty', 'mobaxterm'], broken)).toThrow(hinting(/^(?!.*--for)/));
});
