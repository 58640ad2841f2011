import { describe, expect, test } from 'vitest';
import { describeChange, describeChanges } from '../../src/changes/describe.js';
import { dword, fileChange, HKCU, registryChange, sz } from './support.js';

describe('describeChange', () => {
  test('a unified diff of a text file', () => {
    const change = fileChange('/home/a/x.xml', 'a\nb\nc\n', 'a\nb2\nc\n');
    expect(describeChange(change)).toEqual({
      kind: 'file',
      action: 'change',
      stage: 'entry',
      title: 'site "demo"',
      subject: '/home/a/x.xml',
      text: '--- /home/a/x.xml\n+++ /home/a/x.xml\n@@ -1,3 +1,3 @@\n a\n-b\n+b2\n c\n',
    });
  });

  test('new and removed files', () => {
    expect(describeChange(fileChange('/x', null, 'a\n'))).toMatchObject({
      action: 'create',
      text: '--- /dev/null\n+++ /x\n@@ -0,0 +1,1 @@\n+a\n',
    });
    expect(describeChange(fileChange('/x', 'a\n', null))).toMatchObject({
      action: 'remove',
      text: '--- /x\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-a\n',
    });
  });

  test('secret files are never shown', () => {
    const secret = { secret: true, foreign: false };
    const all = [
      fileChange('/k', null, 'PRIVATE', secret),
      fileChange('/k', 'PRIVATE', 'PRIVATE2', secret),
      fileChange('/k', 'PRIVATE', null, secret),
    ];
    expect(describeChanges(all)).toBe(
      '/k: new, 7 bytes, secret\n/k: changed, 8 bytes, secret\n/k: removed, 7 bytes, secret\n',
    );
    expect(JSON.stringify(all.map(describeChange))).not.toContain('PRIVATE');
  });

  test('passwords of neighbouring entries are not shown', () => {
    const xml = '<Server>\n<Pass encoding="base64">aHVudGVyMg==</Pass>\n</Server>\n';
    const ini = 'HostName=h\nPassword=hunter2\nProxyPassword=hunter2\n';
    const text = describeChanges([
      fileChange('/a.xml', xml, `${xml}<Server/>\n`),
      fileChange('/a.ini', ini, `${ini}X=1\n`),
      registryChange(`${HKCU}\\K`, 'ProxyPassword', null, sz('hunter2')),
    ]);
    expect(text).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(text).toContain(' <Pass encoding="base64">***</Pass>\n');
    expect(text).toContain(' Password=***\n ProxyPassword=***\n');
    expect(text).toContain(': (none) -> ***\n');
  });

  test('nor those in CDATA, and of a portable KiTTY', () => {
    const xml = '<Pass/>\n<Pass><![CDATA[hun<ter2\nhunter2]]></Pass><User>u</User>\n';
    const kitty = 'HostName\\h\\\r\nPassword\\hunter2\\\r\nProxyPassword\\hunter2\\\r\n';
    const text = describeChanges([
      fileChange('/a.xml', xml, `${xml}<Server/>\n`),
      fileChange('/a', kitty, `${kitty}X\\1\\\r\n`),
    ]);
    expect(text).not.toMatch(/hun<?ter2/);
    expect(text).toContain(' <Pass/>\n <Pass>***</Pass><User>u</User>\n+<Server/>\n');
    expect(text).toContain(' HostName\\h\\\r\n Password\\***\r\n ProxyPassword\\***\r\n');
  });

  test('UTF-16 is text, other bytes are not', () => {
    const utf16 = Buffer.from('\uFEFFa\r\n', 'utf16le');
    const text = describeChange({ ...fileChange('/u', null, null), after: utf16 }).text;
    expect(text).toContain('+\uFEFFa\r\n');
    const binary = { ...fileChange('/b', null, null), after: Buffer.from([0xc3, 0x28, 0]) };
    expect(describeChange(binary).text).toBe('/b: new, 3 bytes, not text\n');
  });

  test('paths of Windows stand as they are', () => {
    expect(describeChange(fileChange('C:\\a b\\x', null, 'a\n')).text).toBe(
      '--- /dev/null\n+++ C:\\a b\\x\n@@ -0,0 +1,1 @@\n+a\n',
    );
  });

  test('control characters of other programs do not reach the terminal', () => {
    const text = describeChanges([
      fileChange('/x', 'a\u001b[2J\t\r\nb\n', 'a\u001b[2J\t\r\nc\n'),
      registryChange('K', 'n', sz('a\r\n\u001b[2J'), sz('b')),
    ]);
    expect(text).toContain(' a\\u001b[2J\t\r\n-b\n+c\n');
    expect(text).toContain('K\\n: "a\\r\\n\\u001b[2J" -> "b"\n');
  });

  test('registry values', () => {
    expect(describeChanges([registryChange(`${HKCU}\\K`, 'Port', dword(22), dword(22122))])).toBe(
      `${HKCU}\\K\\Port: 22 -> 22122\n`,
    );
    expect(describeChanges([registryChange(`${HKCU}\\K`, '', null, sz('C:\\a'))])).toBe(
      `${HKCU}\\K\\(Default): (none) -> "C:\\a"\n`,
    );
  });
});
