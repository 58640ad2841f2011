import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientHome } from './client-home.js';

/** FileZilla's settings folder in a home without `XDG_CONFIG_HOME`. */
export function fileZillaFolder(home: ClientHome): string {
  return join(home.path, '.config', 'filezilla');
}

/** The file into which FileZilla copies its message log once `writeQuietSettings` has been called. */
export function fileZillaLog(home: ClientHome): string {
  return join(home.path, 'filezilla.log');
}

/**
 * Settings that leave only the dialogs that a test asks about: no welcome, no update check, no
 * question about saving passwords, no hints; one attempt to connect; the message log in a file.
 */
export async function writeQuietSettings(home: ClientHome): Promise<void> {
  await mkdir(fileZillaFolder(home), { recursive: true, mode: 0o700 });
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<FileZilla3>
  <Settings>
    <Setting name="Greeting version">999.0.0</Setting>
    <Setting name="Update Check">0</Setting>
    <Setting name="Prompt password save">0</Setting>
    <Setting name="Highest shown overlay id">2000000000</Setting>
    <Setting name="Reconnect count">0</Setting>
    <Setting name="Logging file" platform="unix">${fileZillaLog(home)}</Setting>
  </Settings>
</FileZilla3>
`;
  await writeFile(join(fileZillaFolder(home), 'filezilla.xml'), xml);
}
