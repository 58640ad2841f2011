import { afterEach, describe, expect, it, vi } from 'vitest';
import { Terminal, type Output } from '../../src/cli/terminal.js';

const DIFF = '--- C:\\a.xml\n+++ C:\\a.xml\n@@ -1 +1 @@\n-old\n+new\n same\n';

function shown(isTTY: boolean): string {
  let text = '';
  const data: Output = { isTTY, write: (part) => (text += String(part)) };
  new Terminal({ json: false, verbose: false }, data, data).printDiff(DIFF);
  return text;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('diffs', () => {
  it('are coloured on a terminal', () => {
    vi.stubEnv('NO_COLOR', '');
    expect(shown(true)).toBe(
      '\u001b[1m--- C:\\a.xml\u001b[0m\n\u001b[1m+++ C:\\a.xml\u001b[0m\n@@ -1 +1 @@\n' +
        '\u001b[31m-old\u001b[0m\n\u001b[32m+new\u001b[0m\n same\n',
    );
  });

  it('are plain in pipes and files, and where NO_COLOR says so', () => {
    vi.stubEnv('NO_COLOR', '');
    expect(shown(false)).toBe(DIFF);
    vi.stubEnv('NO_COLOR', '1');
    expect(shown(true)).toBe(DIFF);
  });
});
