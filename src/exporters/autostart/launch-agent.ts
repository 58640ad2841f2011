import { escapeXml } from '../filezilla/xml-text.js';

/** What launchd calls the job; its file is named alike (launchd.plist(5)). */
export const LABEL = 'bai-win';

/**
 * The property list of a launchd job that runs once at each log-on. What it starts in the background
 * outlives it, which launchd would end otherwise.
 */
export function launchAgent(argv: readonly string[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    `\t<key>Label</key>\n\t<string>${LABEL}</string>`,
    '\t<key>ProgramArguments</key>',
    '\t<array>',
    ...argv.map((argument) => `\t\t<string>${escapeXml(argument)}</string>`),
    '\t</array>',
    '\t<key>RunAtLoad</key>\n\t<true/>',
    '\t<key>AbandonProcessGroup</key>\n\t<true/>',
    '</dict>',
    '</plist>',
    '',
  ].join('\n');
}

/** Whether `text` is what `launchAgent` makes, for whatever command: nobody has changed it. */
export function isOwnAgent(text: string): boolean {
  const withoutCommand = (plist: string): string =>
    plist.replace(/(<array>\n)(?:\t\t<string>[^<]*<\/string>\n)*/, '$1');
  return withoutCommand(text) === withoutCommand(launchAgent([]));
}
