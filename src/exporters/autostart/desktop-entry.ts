/**
 * The text of an autostart entry for Linux desktops: Desktop Entry Specification 1.5, where the Desktop
 * Application Autostart Specification looks for it.
 */
export function desktopEntry(argv: readonly string[]): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=bai-win',
    'Comment=Opens the tunnels to Backend.AI sessions',
    `Exec=${argv.map(execArgument).join(' ')}`,
    'Terminal=false',
    '',
  ].join('\n');
}

/** Whether `text` is what `desktopEntry` makes, for whatever command: nobody has changed it. */
export function isOwnEntry(text: string): boolean {
  const withoutCommand = (entry: string): string => entry.replace(/^Exec=.*$/m, 'Exec=');
  return withoutCommand(text) === withoutCommand(desktopEntry([]));
}

/** Whether a desktop leaves the entry out, as a person has it who switched it off there. */
export function isSwitchedOff(text: string): boolean {
  return /^(?:Hidden *= *true|X-GNOME-Autostart-enabled *= *false) *$/m.test(text);
}

/**
 * One argument as "The Exec key" of the specification has it: quoted, with a backslash before what counts
 * inside quotes; `%` is doubled. As in each string of such a file, a backslash is then doubled once more.
 */
function execArgument(argument: string): string {
  const quoted = `"${argument.replace(/["`$\\]/g, '\\$&').replaceAll('%', '%%')}"`;
  return quoted.replaceAll('\\', '\\\\');
}
