import { describe, expect, test } from 'vitest';
import { socketAddress } from '../../src/manager/socket-address.js';

describe('socketAddress', () => {
  test.each([
    ['sftp01.example.com', 'sftp01.example.com'],
    ['SFTP_01.Example.com', 'sftp_01.example.com'],
    // Web consoles take the scheme off, too.
    ['https://sftp01.example.com', 'sftp01.example.com'],
    ['http://10.0.0.7/', '10.0.0.7'],
    ['2001:db8::7', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
  ])('%s', (given, host) => {
    expect(socketAddress(given, 30_750)).toEqual({ host, port: 30_750 });
  });

  test.each([
    ['', 22],
    ['-oProxyCommand=x', 22],
    ['a b', 22],
    ['host\nUser root', 22],
    ['host%1', 22],
    ['"host', 22],
    ['host', 0],
    ['host', 65_536],
    ['host', '22'],
    ['host', undefined],
    [undefined, 22],
    [null, null],
  ])('refuses %j, %j', (host, port) => {
    expect(socketAddress(host, port)).toBeNull();
  });
});
