import type { Snapshot } from '../../changes/snapshot.js';
import { fileChanges } from '../files.js';
import { appendLines, lineContent, refuseWideText, removeLines, splitLines } from '../lines.js';
import type { SessionStore, SessionUpdate } from '../putty/session-store.js';
import { mungeName, unmunge } from './munge.js';

const sectionName = /^\[Sessions\\(.+)\]\s*$/;

/** A section of an ini file: lines `from` (its head) up to, not with, `to`. */
interface Section {
  readonly from: number;
  readonly to: number;
}

/**
 * Sites in WinSCP.ini: a section `[Sessions\name]` each, names and texts munged. Everything else in
 * the file stays byte for byte.
 * @param encodeText how a text value is stored
 * @throws BaiError `lines-encoding`
 */
export function iniSessions(
  path: string,
  now: Snapshot,
  encodeText: (text: string, value: string) => string,
): SessionStore {
  const before = now.file(path);
  const text = before?.toString('latin1') ?? '';
  refuseWideText(text, path);
  const lines = splitLines(text);
  const sections = new Map<string, Section>();
  for (const [from, line] of lines.entries()) {
    const name = sectionName.exec(lineContent(line))?.[1];
    if (name === undefined) continue;
    const next = lines.findIndex((other, index) => index > from && other.startsWith('['));
    const to = next === -1 ? lines.length : next;
    if (!sections.has(unmunge(name))) sections.set(unmunge(name), { from, to });
  }

  const write = (changed: string, title: string) =>
    changed === text
      ? []
      : fileChanges({ stage: 'entry', title, path }, before, Buffer.from(changed, 'latin1'));
  const render = (name: string, value: string | number): string =>
    `${name}=${typeof value === 'number' ? value : encodeText(value, name)}`;
  const nameOf = (line: string): string => line.slice(0, Math.max(0, line.indexOf('=')));

  return {
    names: () => [...sections.keys()],
    get(session, value) {
      const { from, to } = sections.get(session) ?? { from: 0, to: 0 };
      const line = lines.slice(from, to).find((candidate) => nameOf(candidate) === value);
      return line === undefined ? null : unmunge(lineContent(line).slice(value.length + 1));
    },
    create(session, values, title) {
      const added = Object.entries(values).map(([name, value]) => render(name, value));
      return write(appendLines(text, [`[Sessions\\${mungeName(session)}]`, ...added]), title);
    },
    update(session, next, values: SessionUpdate, title) {
      const { from, to } = sections.get(session) ?? { from: 0, to: 0 };
      const missing = new Map(Object.entries(values));
      const updated = lines.slice(from, to).flatMap((line) => {
        const name = nameOf(line);
        const value = missing.get(name);
        if (value === undefined) return [line];
        missing.delete(name);
        return value === null ? [] : [render(name, value) + line.slice(lineContent(line).length)];
      });
      const [stored = '', ...rest] = updated;
      const end = stored.slice(lineContent(stored).length);
      const head = next === session ? stored : `[Sessions\\${mungeName(next)}]${end}`;
      const added = [...missing].flatMap(([name, value]) =>
        value === null ? [] : [render(name, value)],
      );
      const section =
        added.length > 0 ? appendLines(ended(head), added) + rest.join('') : head + rest.join('');
      return write(lines.slice(0, from).join('') + section + lines.slice(to).join(''), title);
    },
    remove(session, title) {
      const { from, to } = sections.get(session) ?? { from: 0, to: 0 };
      // Comments in the section are not WinSCP's and not ours: they stay.
      const isOurs = (content: string, index: number): boolean =>
        index === from || content.trim() === '' || /^[^;#=][^=]*=/.test(content);
      const inSection = (index: number): boolean => index >= from && index < to;
      return write(
        removeLines(text, (content, index) => inSection(index) && isOurs(content, index)),
        title,
      );
    },
  };
}

/** A line with a line end, so that others can follow it. */
function ended(line: string): string {
  return line.endsWith('\n') ? line : `${line}\r\n`;
}
