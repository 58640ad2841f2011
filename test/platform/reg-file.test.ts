import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatRegFile, parseRegFile, type RegEdit } from '../../src/platform/reg-file.js';

const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../fixtures/registry/${name}`, import.meta.url));
const regText = (body: string): Buffer =>
  Buffer.from(`\uFEFFWindows Registry Editor Version 5.00\r\n\r\n${body}`, 'utf16le');

describe('parseRegFile reads what reg.exe exported', () => {
  test('PuTTY', () => {
    const root = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY';
    const tree = parseRegFile(fixture('putty.reg'));
    expect([...tree.keys()]).toEqual([
      root,
      `${root}\\Jumplist`,
      `${root}\\Sessions`,
      `${root}\\Sessions\\bai-demo`,
      `${root}\\Sessions\\Default%20Settings`,
      `${root}\\SshHostKeys`,
    ]);
    expect(Object.fromEntries(tree.get(`${root}\\Sessions\\bai-demo`) ?? [])).toEqual({
      HostName: { type: 'sz', data: '127.0.0.1' },
      PortNumber: { type: 'dword', data: 22200 },
      Protocol: { type: 'sz', data: 'ssh' },
      ProxyTelnetCommand: {
        type: 'sz',
        data: '"C:\\\\Program Files\\\\nodejs\\\\node.exe" %host',
      },
      PublicKeyFile: {
        type: 'sz',
        data: 'C:\\Users\\김 철수\\AppData\\Local\\bai-win\\keys\\demo-1a2b3c4d.ppk',
      },
    });
    const look = tree.get(`${root}\\sessions\\DEFAULT%20settings`);
    expect(look?.get('wintitle')).toEqual({ type: 'sz', data: 'say "안녕" 100%' });
    expect(tree.get(`${root}\\SshHostKeys`)?.get('ssh-ed25519@22:[::1]')?.data).toBe('0x1,0x2');
  });

  test('every type of value, and hostile names', () => {
    const root = 'HKEY_CURRENT_USER\\Software\\bai-win-fixture';
    const tree = parseRegFile(fixture('every-type.reg'));
    const values = tree.get(root);
    expect(values?.get('')).toEqual({ type: 'sz', data: 'the default value' });
    expect(values?.get('empty')).toEqual({ type: 'sz', data: '' });
    expect(values?.get('quotes " and \\ back')?.data).toBe('C:\\a "b" \\\\server\\share\\');
    expect(values?.get('한글')?.data).toBe('값');
    expect(values?.get('zero')).toEqual({ type: 'dword', data: 0 });
    expect(values?.get('largest')).toEqual({ type: 'dword', data: 0xffffffff });
    expect(values?.get('lines')).toEqual({ type: 'sz', data: 'one\r\ntwo' });
    expect(values?.get('=[not a key]')?.data).toBe('; not a comment');
    for (const name of ['expand', 'quad', 'none']) {
      expect(values?.get(name)?.type).toBe('other');
    }
    expect(values?.get('no bytes')).toEqual({ type: 'binary', data: '' });
    const bytes = Buffer.from(Array.from({ length: 0x30 }, (_, i) => i)).toString('hex');
    expect(values?.get('binary')).toEqual({ type: 'binary', data: bytes });
    expect(tree.get(`${root}\\empty`)?.size).toBe(0);
    const bracket = tree.get(`${root}\\with ] bracket [ and %20 "quotes" 한글`);
    expect(bracket?.get('inside')?.data).toBe('yes');
    expect(tree.get(`${root}\\deep\\er`)?.get('')).toEqual({ type: 'dword', data: 7 });
  });

  test('FileZilla in HKEY_LOCAL_MACHINE', () => {
    const tree = parseRegFile(fixture('filezilla-client.reg'));
    const key = tree.get('HKEY_LOCAL_MACHINE\\Software\\FileZilla Client');
    expect(key?.get('')?.data).toBe('C:\\Program Files\\FileZilla FTP Client');
    expect(key?.get('Version')?.data).toBe('3.71.0');
  });

  test('a text over several lines, as Windows writes it', () => {
    const tree = parseRegFile(regText('[K]\r\n"a"="one\r\n[two]\r\n\\"x\\""\r\n"b"="c"\r\n'));
    expect(tree.get('K')?.get('a')?.data).toBe('one\r\n[two]\r\n"x"');
    expect(tree.get('K')?.get('b')?.data).toBe('c');
  });

  test('texts that are stored without their NUL, or with one inside', () => {
    const tree = parseRegFile(
      regText('[K]\r\n"a"=hex(1):61,00\r\n"b"=hex(1):61,00,00,00,62,00\r\n'),
    );
    expect(tree.get('K')?.get('a')).toEqual({ type: 'sz', data: 'a' });
    expect(tree.get('K')?.get('b')?.type).toBe('other');
  });

  test.each([
    ['not UTF-16', Buffer.from('Windows Registry Editor Version 5.00\r\n')],
    ['the version of Windows 98', Buffer.from('\uFEFFREGEDIT4\r\n', 'utf16le')],
    ['empty', Buffer.alloc(0)],
    ['a value before any key', regText('"a"="b"\r\n')],
    ['a text that does not end', regText('[K]\r\n"a"="b\r\n')],
    ['a key that does not end', regText('[K\r\n')],
    ['something after a text', regText('[K]\r\n"a"="b" c\r\n')],
    ['a name without data', regText('[K]\r\n"a"\r\n')],
    ['a stray line', regText('[K]\r\nhello\r\n')],
  ])('%s is refused', (_, bytes) => {
    expect(() => parseRegFile(bytes)).toThrow(/cannot understand what reg.exe exported/);
  });
});

describe('formatRegFile', () => {
  test('UTF-16LE with mark, CRLF, escapes in values only', () => {
    const key = 'HKEY_CURRENT_USER\\Software\\SimonTatham\\PuTTY\\Sessions\\a "b" [c]%20';
    const bytes = formatRegFile([
      { kind: 'set', key, name: 'Path', value: { type: 'sz', data: 'C:\\한글 "x"\\%y%' } },
      { kind: 'set', key, name: '', value: { type: 'dword', data: 22122 } },
      { kind: 'delete-value', key, name: 'Old\\"' },
      { kind: 'delete-key', key: `${key}\\sub` },
      { kind: 'set', key, name: 'lines', value: { type: 'sz', data: 'a\nb' } },
      { kind: 'set', key, name: 'bytes', value: { type: 'binary', data: '03ff00' } },
    ]);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xfe]));
    expect(bytes.toString('utf16le').slice(1).split('\r\n')).toEqual([
      'Windows Registry Editor Version 5.00',
      '',
      `[${key}]`,
      '"Path"="C:\\\\한글 \\"x\\"\\\\%y%"',
      '@=dword:0000566a',
      '"Old\\\\\\""=-',
      '',
      `[-${key}\\sub]`,
      '',
      `[${key}]`,
      '"lines"=hex(1):61,00,0a,00,62,00,00,00',
      '"bytes"=hex:03,ff,00',
      '',
      '',
    ]);
  });

  test('what it writes is read back the same, whatever the names and texts', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).filter((s) => !s.includes('\0'));
    const name = text.filter((s) => !/[\r\n]/.test(s));
    const key = name.map((s) => `HKEY_CURRENT_USER\\${s}`);
    const value = fc.oneof(
      text.map((data) => ({ type: 'sz' as const, data })),
      fc.integer({ min: 0, max: 0xffffffff }).map((data) => ({ type: 'dword' as const, data })),
    );
    const edit = fc.record({ kind: fc.constant('set' as const), key, name, value });
    fc.assert(
      fc.property(fc.array(edit), (edits: RegEdit[]) => {
        const tree = parseRegFile(formatRegFile(edits));
        const last = new Map(
          edits.map((one) => [
            `${one.key}\n${one.kind === 'set' ? one.name : ''}`.toUpperCase(),
            one,
          ]),
        );
        for (const one of last.values()) {
          if (one.kind === 'set') expect(tree.get(one.key)?.get(one.name)).toEqual(one.value);
        }
      }),
    );
  });
});
