import { describe, expect, it } from 'vitest';
import { secretsMade, startDemo } from '../../src/demo/index.js';
import { findSecrets } from './support/secret-watch.js';

describe('what the tests watch for', () => {
  it('are all secrets of a demo', async () => {
    const demo = await startDemo();
    await demo.close();
    const { password, otp, sToken } = demo.login;
    const all = secretsMade();
    for (const text of [demo.secretKey, password, otp, sToken]) {
      expect(findSecrets(`error: ${text}!`, all)).toEqual([text]);
    }
    for (const { privateKey, publicKey, hostKey } of demo.sessions) {
      expect(findSecrets(`${publicKey}\n${hostKey}`, all)).toEqual([]);
      if (privateKey !== '') expect(findSecrets(privateKey, all).length).toBeGreaterThan(1);
    }
  });

  it('are found as they are, in addresses, and in JSON', () => {
    const text = '{"a":"say \\"so\\""} http://127.0.0.1/?otp=%3Fsecret%3F secret';
    expect(findSecrets(text, ['say "so"', '?secret?', 'secret', 'absent', 'a'])).toEqual([
      'say "so"',
      '?secret?',
      'secret',
    ]);
  });
});
