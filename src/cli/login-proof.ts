import { BaiError, UsageError } from '../errors.js';
import { checkAccessKey, isUsualAccessKey } from '../manager/access-key.js';
import type { FoundSite, Proof } from '../setup/login.js';
import type { LoginArguments } from './commands/login.js';
import { ask, askSecret, canAsk, readStandardInput } from './prompt.js';

/**
 * Asks for what the site takes, unless it was given.
 *
 * @throws BaiError `login-token-at-manager`, `login-keys-refused`, `login-input-empty`, `login-value-empty`,
 *   `access-key-malformed`, and where something is missing and there is nobody to ask
 */
export async function askProof(args: LoginArguments, { site }: FoundSite): Promise<Proof> {
  if (args['stoken-stdin']) {
    if (site.kind === 'manager') {
      throw new UsageError(
        'login-token-at-manager',
        `${site.endpoint} is a manager, which takes no tokens of a portal`,
        'give the address of the web console that the portal leads to',
      );
    }
    return { kind: 'token', token: await secretFromInput('token') };
  }
  const byPassword = args['with-password'] || args.username !== undefined || args['password-stdin'];
  if (site.kind === 'manager' && !byPassword) {
    const accessKey =
      args['access-key'] ??
      (await askFor(
        'access key: ',
        'access key',
        `${loginSoFar(args, site.endpoint)} --access-key KEY --secret-key-stdin < file`,
      ));
    // Before the secret is asked for, which nobody wants to type for nothing.
    refuseEmpty(accessKey, 'access key', '--access-key');
    checkAccessKey(accessKey);
    const secretKey = args['secret-key-stdin']
      ? await secretFromInput('secret key')
      : await askForSecret(
          'secret key',
          `${loginSoFar(args, site.endpoint)} --secret-key-stdin < file`,
        );
    return { kind: 'keys', accessKey, secretKey };
  }
  if (args['secret-key-stdin'] || args['access-key'] !== undefined) {
    throw new BaiError(
      'login-keys-refused',
      byPassword
        ? 'access key and password were both given; a login takes one of them'
        : `${site.endpoint} is a web console, which takes e-mail and password but no access key`,
      'leave the access key out, or give the address of the API instead',
    );
  }
  const soFar = loginSoFar(args, site.endpoint);
  const username =
    args.username ??
    (await askFor(
      'e-mail: ',
      'e-mail address',
      `${soFar} --username E-MAIL --password-stdin < file`,
    ));
  refuseEmpty(username, 'e-mail address', '--username');
  const password = args['password-stdin']
    ? await secretFromInput('password')
    : await askForSecret('password', `${soFar} --password-stdin < file`);
  return { kind: 'password', username, password, otp: args.otp, force: args.force };
}

/** The command as it was typed, to be completed: without secrets, which no command line takes. */
function loginSoFar(args: LoginArguments, endpoint: string): string {
  const words = ['bai-win', 'login', args.address ?? args.endpoint ?? endpoint];
  for (const name of ['profile', 'access-key', 'username', 'proxy', 'ca'] as const) {
    const value = args[name];
    // The address of a proxy may hold a password.
    if (value === undefined || (name === 'proxy' && value.includes('@'))) continue;
    const isSecret = name === 'access-key' && !isUsualAccessKey(value);
    words.push(`--${name}`, isSecret ? 'KEY' : /\s/.test(value) ? `"${value}"` : value);
  }
  for (const name of ['with-password', 'force', 'insecure', 'dry-run'] as const) {
    if (args[name]) words.push(`--${name}`);
  }
  return words.join(' ');
}

async function askFor(question: string, what: string, command: string): Promise<string> {
  if (canAsk()) return ask(question);
  throw new BaiError(
    'login-value-missing',
    `there is no terminal to ask for the ${what} on`,
    `type: ${command}`,
  );
}

function refuseEmpty(value: string, what: string, option: string): void {
  if (value.trim() !== '') return;
  throw new BaiError(
    'login-value-empty',
    `the ${what} is empty`,
    `give it with ${option}, or type it when asked`,
  );
}

async function askForSecret(what: string, command: string): Promise<string> {
  if (canAsk()) return askSecret(`${what} (not shown): `);
  throw new BaiError(
    'login-cannot-ask-secret',
    `there is no terminal to ask for the ${what} on`,
    `pass it on standard input: ${command}`,
  );
}

async function secretFromInput(what: string): Promise<string> {
  const secret = await readStandardInput();
  if (secret !== '') return secret;
  throw new BaiError(
    'login-input-empty',
    `standard input is empty, so there is no ${what}`,
    'redirect a file to it, or pipe it in',
  );
}
