import { win32 } from 'node:path';

/**
 * Full path of a program that is part of Windows. Taken from the system folder and never looked for in
 * PATH or the current folder, where anybody could have put another program of that name.
 */
export function systemProgram(...relative: string[]): string {
  return win32.join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32', ...relative);
}
