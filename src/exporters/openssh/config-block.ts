import { BaiError } from '../../errors.js';
import { lineContent, lineEnd, refuseWideText, splitLines } from '../lines.js';

/** The lines around what is ours in the user's `config`. */
const begin = '# >>> bai-win >>>';
const end = '# <<< bai-win <<<';
/** The first line between them, and as earlier versions wrote it. */
const about =
  '# Sessions of Backend.AI, kept up by: bai-win setup, which replaces what is between these lines';
const formerAbout = '# Sessions of Backend.AI, kept up by: bai-win setup';
/** How that line ends where a file stays, without a byte, as it was. */
const emptyBefore = ' (this file was empty before)';

/**
 * A text behind the byte order mark of UTF-8, which stays in front, and that mark.
 * @throws BaiError `lines-encoding`
 */
function splitMark(text: string, path: string): { mark: string; lines: string[] } {
  refuseWideText(text, path);
  const length = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  return { mark: text.slice(0, length), lines: splitLines(text.slice(length)) };
}

/**
 * An Include of our own file, in the forms that are written and as an earlier version may have left it
 * for another home; also where somebody has put it out of use.
 */
const ourInclude =
  /^#?[ \t]*include[ \t]+(?:"(?:[^"\\]|\\.)*\/bai-win\/config"|(?:\S*\/)?bai-win\/config)$/i;

/** The lines between the markers that are not ours. */
function ofOthers(section: readonly string[]): string[] {
  const ours = [about, formerAbout].flatMap((line) => [line, line + emptyBefore]);
  return section.filter((line) => {
    const content = lineContent(line).trim();
    return ![begin, ...ours, end].includes(content) && !ourInclude.test(content);
  });
}

/** Our section in the lines of a config, both markers included; `null` where there is none. */
function sectionIn(lines: readonly string[], path: string): { from: number; to: number } | null {
  const at = (marker: string): number[] =>
    lines.flatMap((line, index) => (lineContent(line).trim() === marker ? [index] : []));
  const [starts, ends] = [at(begin), at(end)];
  const [from, to] = [starts[0], ends[0]];
  if (from === undefined && to === undefined) return null;
  if (
    starts.length === 1 &&
    ends.length === 1 &&
    from !== undefined &&
    to !== undefined &&
    from < to
  ) {
    return { from, to: to + 1 };
  }
  throw new BaiError(
    'ssh-config-markers',
    `${path} does not hold one pair of lines "${begin}" and "${end}" in this order: the first stands ${placesOf(starts)}, the second ${placesOf(ends)}`,
    `delete these lines, and none of your own, from ${path}, and run the command again`,
  );
}

/** Where lines stand, as editors count them. */
function placesOf(indexes: readonly number[]): string {
  if (indexes.length === 0) return 'nowhere';
  return `in line ${indexes.map((index) => index + 1).join(' and ')}`;
}

/** Whether what follows a line holds for some hosts only (ssh_config(5): until the next such line). */
export const isCondition = (line: string): boolean => /^[ \t]*(?:host|match)[ \t=]/i.test(line);

/**
 * The user's ssh config with our section at its top, where it holds for every host, and where VS Code
 * lists the hosts of an included file too (vscode-remote-release, issue 4339): it includes our own
 * file. Where the user has moved it, it stays unless that is below a Host or Match line. Texts are
 * bytes as latin1 characters. Everything outside of the section stays where it is, and what others have
 * put into it comes right behind it: so it holds for the same hosts as before.
 * @param text `null` where there is no file
 * @param included path of our file as it is to stand in the config, latin1 like the rest
 * @throws BaiError `ssh-config-markers`, `lines-encoding`
 */
export function withSection(text: string | null, included: string, path: string): string {
  const eol = lineEnd(text ?? '');
  const { mark, lines } = splitMark(text ?? '', path);
  const found = sectionIn(lines, path);
  const { from, to } = found ?? { from: 0, to: 0 };
  const [above, inside, below] = [lines.slice(0, from), lines.slice(from, to), lines.slice(to)];
  const wasEmpty = found === null ? text === '' : saysEmptyFile(inside);
  const first = about + (wasEmpty ? emptyBefore : '');
  const section = [begin, first, `Include ${included}`, end].map((line) => line + eol).join('');
  const parts = above.some(isCondition) ? [section, ...above] : [...above, section];
  return mark + [...parts, ...ofOthers(inside), ...below].join('');
}

/**
 * The user's ssh config without our section; `null` where no file is, or nothing is left of one that was
 * made for the section.
 */
export function withoutSection(text: string | null, path: string): string | null {
  const { mark, lines } = splitMark(text ?? '', path);
  const found = sectionIn(lines, path);
  if (found === null) return text;
  const inside = lines.slice(found.from, found.to);
  const kept = [...lines.slice(0, found.from), ...ofOthers(inside), ...lines.slice(found.to)];
  const rest = mark + kept.join('');
  return rest === '' && !saysEmptyFile(inside) ? null : rest;
}

function saysEmptyFile(section: readonly string[]): boolean {
  const lines = section.map((line) => lineContent(line).trim());
  return [about, formerAbout].some((line) => lines.includes(line + emptyBefore));
}

/** Whether the user's ssh config has our section. */
export function hasSection(text: string, path: string): boolean {
  return sectionIn(splitMark(text, path).lines, path) !== null;
}

/** The names that the user's own `Host` lines have, in lower case, without patterns. */
export function ownHosts(text: string): Set<string> {
  const hosts = [...text.matchAll(/^[ \t]*host(?:[ \t]*=[ \t]*|[ \t]+)(.*)$/gim)].flatMap(
    ([, names = '']) => names.replaceAll('"', '').trim().split(/\s+/),
  );
  return new Set(hosts.map((host) => host.toLowerCase()));
}
