import path from 'node:path';
import type { Change } from '../../changes/change.js';
import type { Snapshot, Sources } from '../../changes/snapshot.js';
import { BaiError } from '../../errors.js';
import { windowsCommandLine } from '../command-line.js';
import type { Machine } from '../exporter.js';
import { fileChanges } from '../files.js';
import { environment, xdgConfigHome } from '../machine.js';
import { findRegistryValue, registryChanges } from '../registry.js';
import { desktopEntry, isOwnEntry, isSwitchedOff } from './desktop-entry.js';
import { isOwnAgent, LABEL, launchAgent } from './launch-agent.js';

/** What Windows starts when the user logs on (Microsoft, "Run and RunOnce Registry Keys"). */
const RUN_KEY = 'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run';
const RUN_VALUE = 'bai-win';
/**
 * Where Task Manager and the Settings keep which of those a person has switched off: a value of the same
 * name, whose first byte is odd (02 and 06 are on, 03 and 07 off; the time of it follows).
 */
const APPROVED_KEY =
  'HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\StartupApproved\\Run';
/** Longest command line in that key, by the same page. */
const MAX_RUN_COMMAND = 260;

const TITLE = 'start with this computer';

/** The entry of systems where it is a file: its path and what it holds. */
interface EntryFile {
  readonly path: string;
  readonly text: (argv: readonly string[]) => string;
  /** Whether nobody but bai-win has written a text. */
  readonly isOwn: (text: string) => boolean;
  readonly isOn: (text: string) => boolean;
}

function entryFile(machine: Machine): EntryFile | null {
  if (machine.platform === 'win32') return null;
  if (machine.platform === 'darwin') {
    const folder = path.posix.join(machine.home, 'Library', 'LaunchAgents');
    const file = path.posix.join(folder, `${LABEL}.plist`);
    return { path: file, text: launchAgent, isOwn: isOwnAgent, isOn: () => true };
  }
  const file = path.posix.join(xdgConfigHome(machine), 'autostart', 'bai-win.desktop');
  const isOn = (text: string): boolean => !isSwitchedOff(text);
  return { path: file, text: desktopEntry, isOwn: isOwnEntry, isOn };
}

/** Everything that the functions below look at. */
export function autostartSources(machine: Machine): Sources {
  const file = entryFile(machine);
  const files = file === null ? [] : [file.path];
  return { files, directories: [], registryKeys: file === null ? [RUN_KEY, APPROVED_KEY] : [] };
}

/** Where the entry is, for people. */
export function autostartPlace(machine: Machine): string {
  return entryFile(machine)?.path ?? `${RUN_KEY}\\${RUN_VALUE}`;
}

/** Whether there is a log-on that starts anything: servers without a desktop have none. */
export function hasLogOn(machine: Machine): boolean {
  if (machine.platform === 'win32' || machine.platform === 'darwin') return true;
  return environment(machine, 'XDG_CURRENT_DESKTOP') !== undefined;
}

/**
 * Whether the system starts bai-win when the user logs on; `disabled` where an entry is there that a person
 * has switched off in the settings of the system.
 */
export type AutostartSetting = 'on' | 'off' | 'disabled';

export function autostartSetting(machine: Machine, now: Snapshot): AutostartSetting {
  const file = entryFile(machine);
  if (file === null) {
    if (findRegistryValue(now, RUN_KEY, RUN_VALUE) === undefined) return 'off';
    return isDisabledInWindows(now) ? 'disabled' : 'on';
  }
  const text = now.file(file.path)?.toString();
  if (text === undefined) return 'off';
  return file.isOn(text) ? 'on' : 'disabled';
}

/** Whether what starts is on, and `planAutostart` would have `argv` started in its place. */
export function startsOther(argv: readonly string[], machine: Machine, now: Snapshot): boolean {
  if (autostartSetting(machine, now) !== 'on') return false;
  if (machine.platform === 'win32' && isTooLong(windowsCommandLine(argv))) return false;
  return planAutostart(argv, machine, now).length > 0;
}

function isTooLong(command: string): boolean {
  return command.length > MAX_RUN_COMMAND;
}

function isDisabledInWindows(now: Snapshot): boolean {
  const approval = findRegistryValue(now, APPROVED_KEY, RUN_VALUE)?.value;
  return approval?.type === 'binary' && /^.[13579bdf]/i.test(approval.data);
}

/**
 * The changes that make the system run a command whenever the user logs on, or with `null` no longer. An
 * entry that a person has changed stays as it is where it is to be on, and is.
 *
 * @throws BaiError `autostart-command-too-long`
 */
export function planAutostart(
  argv: readonly string[] | null,
  machine: Machine,
  now: Snapshot,
): Change[] {
  const target = { stage: 'entry', title: TITLE } as const;
  const file = entryFile(machine);
  if (file !== null) {
    const before = now.file(file.path);
    const text = before?.toString();
    if (argv !== null && text !== undefined && file.isOn(text) && !file.isOwn(text)) return [];
    const after = argv === null ? null : Buffer.from(file.text(argv));
    return fileChanges({ ...target, path: file.path }, before, after);
  }
  const command = argv === null ? null : windowsCommandLine(argv);
  if (command !== null && isTooLong(command)) {
    throw new BaiError(
      'autostart-command-too-long',
      `Windows starts commands of at most ${MAX_RUN_COMMAND} characters at log-on, and this one has ${command.length}: ${command}`,
      'install bai-win in a folder with a shorter path',
    );
  }
  const data = command === null ? null : ({ type: 'sz', data: command } as const);
  const ours = { ...target, keepKey: true };
  const changes = registryChanges({ ...ours, key: RUN_KEY }, RUN_VALUE, data, now);
  // Windows takes an entry for switched on that it has no note of.
  if (data !== null && !isDisabledInWindows(now)) return changes;
  return [...changes, ...registryChanges({ ...ours, key: APPROVED_KEY }, RUN_VALUE, null, now)];
}
