import { UsageError } from '../errors.js';
import type { Exporter } from '../exporters/exporter.js';
import { filezilla } from '../exporters/filezilla/exporter.js';
import { kitty } from '../exporters/kitty/exporter.js';
import { mobaxterm } from '../exporters/mobaxterm/exporter.js';
import { openssh } from '../exporters/openssh/exporter.js';
import { putty } from '../exporters/putty/exporter.js';
import { terminal } from '../exporters/terminal/exporter.js';
import { winscp } from '../exporters/winscp/exporter.js';

/** Every client that bai-win can write for, in the order in which they are written. */
export const EXPORTERS: readonly Exporter[] = [
  filezilla,
  putty,
  winscp,
  openssh,
  terminal,
  kitty,
  mobaxterm,
];

/** What `open --in` calls the clients that read OpenSSH's entry. */
const SAME_ENTRY: Readonly<Record<string, string>> = { ssh: openssh.id, code: openssh.id };

/**
 * The exporters that a list such as `filezilla,putty` names; `all` names every one that this system
 * can have.
 *
 * @throws UsageError `client-unknown`, `client-none`, `client-not-here`
 */
export function chooseExporters(list: string, platform: NodeJS.Platform): Exporter[] {
  const here = EXPORTERS.filter(({ onlyOn }) => onlyOn === undefined || onlyOn === platform);
  const known = here.map(({ id }) => id).join(', ');
  const names = list
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => (Object.hasOwn(SAME_ENTRY, name) ? (SAME_ENTRY[name] ?? name) : name));
  if (names.length === 0) {
    throw new UsageError('client-none', 'no client to write for', `name one with --for: ${known}`);
  }
  for (const name of names) {
    if (name === 'all') continue;
    const exporter = EXPORTERS.find(({ id }) => id === name);
    if (exporter === undefined) {
      throw new UsageError(
        'client-unknown',
        `no such client: ${name}`,
        `--for takes: ${known}, or all`,
      );
    }
    if (!here.includes(exporter)) {
      throw new UsageError(
        'client-not-here',
        `${exporter.title} is for Windows, and nothing can be written for it on this system`,
        `leave ${name} out of --for; here it takes: ${known}, or all`,
      );
    }
  }
  return names.includes('all') ? here : here.filter(({ id }) => names.includes(id));
}

/** The exporters with these ids, as notes have them; ids that this version does not know are left out. */
export function exportersById(ids: readonly string[]): Exporter[] {
  return EXPORTERS.filter(({ id }) => ids.includes(id));
}
