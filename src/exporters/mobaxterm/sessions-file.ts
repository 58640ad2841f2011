import { lineContent, splitLines } from '../lines.js';
import { plainName } from '../names.js';
import type { Site } from '../site.js';
import { UnwritableClient } from '../unwritable-client.js';

/** The file is Windows-1252 with CRLF; what we write is ASCII, which is the same everywhere. */
const eol = '\r\n';

/** One folder of sessions, the icon being that of a folder. */
const head = ['[Bookmarks]', 'SubRep=Backend.AI', 'ImgNum=41'].map((line) => line + eol).join('');

/** What MobaXterm writes for the characters that its format needs. */
const escapes: Readonly<Record<string, string>> = {
  ';': '__PTVIRG__',
  '"': '__DBLQUO__',
  '|': '__PIPE__',
  '#': '__DIEZE__',
  '=': '__EQUAL__',
};

const escapeText = (text: string): string =>
  text.replace(/[;"|#=]/g, (char) => escapes[char] ?? '');

/** Terminal settings as MobaXterm writes them for a session that was not changed. */
const terminal =
  'MobaFont%10%0%0%-1%15%236,236,236%30,30,30%180,180,192%0%-1%0%%xterm%-1%0%_Std_Colors_0_%80%24%0%1%-1%<none>%%0%1%-1%-1';

const markOf = (id: string): string => `bai-win ${id}`;

/** A name in ASCII without `%`, for which no escape is known; else the id of the site. */
function baseName(site: Site): string {
  return plainName(site.name, /[^A-Za-z0-9 ._+@-]+/g) ?? site.id;
}

/**
 * The session lines of a site: SSH (icon 109) and SFTP (icon 140). Fields of a block are split by `%`;
 * the key stands in field 14 of SSH and 9 of SFTP; -1 is on, 0 off. The comment holds our mark.
 */
function render(site: Site, name: string): string {
  const { host, port, user } = site;
  if (!/^[\x20-\x24\x26-\x7e]*$/.test(site.ppkPath + user)) {
    throw new UnwritableClient(
      'mobaxterm',
      'mobaxterm-characters',
      `MobaXterm's sessions cannot hold all characters of ${site.ppkPath} or ${user}`,
      'let BAI_WIN_HOME name a folder with an ASCII path without %',
    );
  }
  const key = escapeText(site.ppkPath);
  const tail = `#${terminal}#0#${markOf(site.id)} #-1`;
  const ssh = `#109#0%${host}%${port}%${user}%%-1%-1%%%%%0%0%0%${key}%%-1%0%0%0%%1080%%0%0%1%%0%%%%0%-1%-1%0`;
  const sftp = `#140#7%${host}%${port}%${user}%-1%0%%0%0%${key}%0%%1080%%%%-1`;
  return [`${name}=${ssh}${tail}`, `${name}-sftp=${sftp}${tail}`].map((l) => l + eol).join('');
}

const isSession = (line: string): boolean => /^[^=]+=#1\d\d#/.test(line);

const standsFor = (line: string, site: Site): boolean =>
  lineContent(line).endsWith(`#0#${markOf(site.id)} #-1`);

/**
 * The file that a person imports, with the sessions of a site; those of other sites stay.
 * @throws BaiError `mobaxterm-characters` where the format has no way to write the key's path
 */
export function withSessions(text: string, site: Site): string {
  const sessions = splitLines(text).filter(isSession);
  const others = sessions.filter((line) => !standsFor(line, site));
  const taken = new Set(others.map((line) => line.split('=', 1)[0]));
  let name = baseName(site);
  for (let n = 2; taken.has(name) || taken.has(`${name}-sftp`); n++)
    name = `${baseName(site)}-${n}`;
  const index = sessions.findIndex((line) => standsFor(line, site));
  const at = index === -1 ? others.length : index;
  return head + [...others.slice(0, at), render(site, name), ...others.slice(at)].join('');
}

/** The file without the sessions of a site; `null` once there are none left. */
export function withoutSessions(text: string, site: Site): string | null {
  const sessions = splitLines(text).filter(isSession);
  const others = sessions.filter((line) => !standsFor(line, site));
  if (others.length === sessions.length) return text;
  return others.length === 0 ? null : head + others.join('');
}
