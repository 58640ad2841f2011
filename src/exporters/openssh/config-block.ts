import { BaiError } from '../../errors.js';
import { lineContent, lineEnd, refuseWideText, splitLines } from '../lines.js';

/** The lines around what is ours in the user's `config`. */
const begin = '# >>> bai-win >>>';
const end = '# <<< bai-win <<<';
/** The first line between them; the second form says that a file stays, without a byte, as it was. */
const about = '# Sessions of Backend.AI, kept up by: bai-win setup';
const aboutEmptyFile = `${about} (this file was empty before)`;

/**
 * A text behind the byte order mark of UTF-8, which stays in front, and that mark.
 * @throws BaiError `lines-encoding`
 */
function splitMark(text: string, path: string): { mark: string; lines: string[] } {
  refuseWideText(text, path);
  const length = text.startsWith('\xef\xbb\xbf') ? 3 : 0;
  return { mark: text.slice(0, length), lines: splitLines(text.slice(length)) };
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
    `${path} holds ${starts.length} lines "${begin}" and ${ends.length} lines "${end}", not one pair in this order`,
    `delete these lines and what is between them from ${path}, and run the command again`,
  );
}

/** Whether what follows a line holds for some hosts only (ssh_config(5): until the next such line). */
const isCondition = (line: string): boolean => /^[ \t]*(?:host|match)[ \t=]/i.test(line);

/**
 * The user's ssh config with our section at its top, where it holds for every host, and where VS Code
 * lists the hosts of an included file too (vscode-remote-release, issue 4339): it includes our own
 * file. Where the user has moved it, it stays unless that is below a Host or Match line. Texts are
 * bytes as latin1 characters; everything outside of the section stays.
 * @param text `null` where there is no file
 * @param included path of our file as it is to stand in the config, latin1 like the rest
 * @throws BaiError `ssh-config-markers`, `lines-encoding`
 */
export function withSection(text: string | null, included: string, path: string): string {
  const eol = lineEnd(text ?? '');
  const { mark, lines } = splitMark(text ?? '', path);
  const found = sectionIn(lines, path);
  const wasEmpty = found === null ? text === '' : saysEmptyFile(lines.slice(found.from, found.to));
  const section = [begin, wasEmpty ? aboutEmptyFile : about, `Include ${included}`, end]
    .map((line) => line + eol)
    .join('');
  const { from, to } = found ?? { from: 0, to: 0 };
  const [above, below] = [lines.slice(0, from), lines.slice(to)];
  const parts = above.some(isCondition) ? [section, ...above] : [...above, section];
  return mark + [...parts, ...below].join('');
}

/**
 * The user's ssh config without our section; `null` where no file is, or nothing is left of one that was
 * made for the section.
 */
export function withoutSection(text: string | null, path: string): string | null {
  const { mark, lines } = splitMark(text ?? '', path);
  const found = sectionIn(lines, path);
  if (found === null) return text;
  const rest = mark + [...lines.slice(0, found.from), ...lines.slice(found.to)].join('');
  return rest === '' && !saysEmptyFile(lines.slice(found.from, found.to)) ? null : rest;
}

function saysEmptyFile(section: readonly string[]): boolean {
  return section.some((line) => lineContent(line).trim() === aboutEmptyFile);
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
