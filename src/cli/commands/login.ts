import type { CommandModule } from 'yargs';
import { BaiError, errorForOwner, UsageError } from '../../errors.js';
import type { Replaced } from '../../setup/earlier-login.js';
import type { LoginQuestions } from '../../setup/login.js';
import { ownerOptions } from '../../setup/owner-options.js';
import type { SignIn } from '../../setup/sign-in.js';
import type { Workspace } from '../../setup/workspace.js';
import { localTime } from '../../local-time.js';
import type { GlobalArguments } from '../arguments.js';
import { sayDryRun } from '../dry-run.js';
import { askProof } from '../login-proof.js';
import { ask, canAsk, confirm } from '../prompt.js';
import { connectionFlags, start } from '../start.js';
import { showSignIn } from '../sign-in-report.js';
import type { Terminal } from '../terminal.js';

export interface LoginArguments extends GlobalArguments {
  address: string | undefined;
  show: boolean;
  username: string | undefined;
  'with-password': boolean;
  otp: string | undefined;
  force: boolean;
  'password-stdin': boolean;
  'stoken-stdin': boolean;
  'secret-key-stdin': boolean;
  'dry-run': boolean;
}

export const loginCommand: CommandModule<GlobalArguments, LoginArguments> = {
  command: 'login [address]',
  describe: 'sign in to a web console or a manager, check it, and keep it private',
  builder: (parser) =>
    parser
      .positional('address', {
        type: 'string',
        describe: 'address that you open in the browser for Backend.AI, or that of the API',
      })
      .option('show', {
        type: 'boolean',
        default: false,
        describe: 'only show what is in use, and where it comes from',
      })
      .option('username', {
        alias: 'user',
        type: 'string',
        requiresArg: true,
        describe: 'e-mail address to sign in with',
      })
      .option('with-password', {
        type: 'boolean',
        default: false,
        describe: 'at a manager: fetch the keys with e-mail and password instead of typing them',
      })
      .option('otp', {
        type: 'string',
        requiresArg: true,
        describe: 'one-time code, where the site wants one',
      })
      .option('force', {
        type: 'boolean',
        default: false,
        describe: 'end the oldest other login where the site allows no more of them',
      })
      .option('password-stdin', {
        type: 'boolean',
        default: false,
        describe: 'read the password from standard input instead of asking',
      })
      .option('stoken-stdin', {
        type: 'boolean',
        default: false,
        describe: "read a single sign-on portal's token from standard input",
      })
      .option('secret-key-stdin', {
        type: 'boolean',
        default: false,
        describe: 'read the secret key from standard input instead of asking',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'check, keep nothing',
      })
      .example('$0 login console.example.com', 'finds out what that is, and asks for the rest')
      .example('$0 login --show', 'what is in use now')
      .epilogue(
        "Each value is taken from the first that has it: command line, --profile, .env in this folder or above, environment (BACKEND_*), config.ini, ~/.backend.ai of Backend.AI's own client.",
      ),
  handler: async (args) => {
    await logInAs(args).catch((error: unknown) => {
      // The address and the access key may be what is wrong.
      throw errorForOwner(error, profileTyped(args.profile));
    });
  },
};

async function logInAs(args: LoginArguments): Promise<void> {
  const { terminal, workspace } = start(args);
  const flags = { ...connectionFlags(args), endpoint: args.address ?? args.endpoint };
  const { lookUpCredentials, requireSignIn } = await import('../../setup/sign-in.js');
  if (args.show) {
    const { readProfiles } = await import('../../setup/profiles.js');
    const used = await requireSignIn(workspace, flags);
    showSignIn(terminal, used, await readProfiles(workspace));
    return;
  }
  checkInput(args);
  const before = await lookUpCredentials(workspace, flags);
  const [{ findSite, signIn }, { isReadableOnTheWay }] = await Promise.all([
    import('../../setup/login.js'),
    import('../../setup/plain-http.js'),
  ]);
  const address = flags.endpoint ?? (await askAddress(before));
  const found = await findSite(workspace, before, address);
  const { kind, endpoint, greeting } = found.site;
  const what = kind === 'manager' ? 'a manager' : 'a web console';
  terminal.step('found', `${endpoint} is ${what} of Backend.AI ${greeting.release}`);
  if (isReadableOnTheWay(endpoint)) {
    terminal.warn(
      `${endpoint} is not encrypted: whoever is on the way can read the password and take over the login; use https:// if the site has it`,
    );
  }
  const proof = await askProof(args, found);
  const dryRun = args['dry-run'];
  const result = await signIn(workspace, found, before, proof, questionsOn(terminal), dryRun);
  terminal.step('checked', `${endpoint} accepts access key ${result.accessKey}`);
  if (result.expires !== null) {
    terminal.step('expires', `${localTime(result.expires)}, later where it is used`);
  }
  const { configFile } = workspace;
  const profile = before.profileName;
  const { secret, ...outcome } = result;
  if (secret === null) {
    terminal.step('to write', configFile);
  } else if (secret.keyring === undefined) {
    terminal.step('saved', `${configFile}, profile ${profile}, readable by you alone`);
    if (secret.why !== undefined) terminal.detail(`not in the keyring: ${secret.why}`);
  } else {
    terminal.step('saved', `${configFile}, profile ${profile}; the secret in ${secret.keyring}`);
  }
  if (result.replaced !== null) sayReplaced(terminal, result.replaced);
  if (dryRun) sayDryRun(terminal);
  else {
    const option = await optionToUse(terminal, workspace, profile, args.profile);
    terminal.say(`next, type: bai-win sessions${option}`);
  }
  if (terminal.json) {
    const expires = result.expires?.toISOString() ?? null;
    const keyring = secret?.keyring ?? null;
    terminal.printJson({ ...outcome, expires, profile, configFile, keyring });
  }
}

/**
 * Says what comes before the login, if anything does.
 *
 * @returns the option with which a command uses the login, with a space before it
 */
async function optionToUse(
  terminal: Terminal,
  workspace: Workspace,
  profile: string,
  flag: string | undefined,
): Promise<string> {
  const { overriddenLogin } = await import('../../setup/overridden-login.js');
  const overriding = await overriddenLogin(workspace, profile, flag);
  if (overriding === null) return profileTyped(flag);
  const named = overriding.values.map(({ variable, origin }) => `${variable} (${origin})`);
  terminal.warn(`what comes before this login, and says otherwise: ${named.join(', ')}`);
  terminal.warn(
    `to use the login, ${overriding.remedy}, or add to each command: --profile ${profile}`,
  );
  return ` --profile ${profile}`;
}

/** The option that named the profile, to be typed again. */
function profileTyped(profile: string | undefined): string {
  return ownerOptions({ profile, endpoint: undefined, accessKey: undefined });
}

/** Whom the profile stood for before, so that nobody misses it without a word. */
function sayReplaced(terminal: Terminal, { mode, endpoint, accessKey, ended }: Replaced): void {
  const who = `${accessKey ?? 'nobody'} at ${endpoint}`;
  const end = ended ? ', whose login is ended' : ', whose login ends by itself';
  terminal.step('replaced', `${who}${mode === 'session' ? end : ''}`);
  terminal.step('', 'to keep several, type: bai-win login --profile NAME');
}

/** Standard input holds one secret. */
function checkInput(args: LoginArguments): void {
  const options = (['password-stdin', 'stoken-stdin', 'secret-key-stdin'] as const).filter(
    (option) => args[option],
  );
  if (options.length < 2) return;
  throw new UsageError(
    'login-one-input',
    `standard input cannot hold several secrets: ${options.map((option) => `--${option}`).join(', ')}`,
    'give one of them; the others are for other ways to sign in',
  );
}

async function askAddress({ found }: SignIn): Promise<string> {
  const known = found.endpoint?.value ?? '';
  if (!canAsk()) {
    if (known !== '') return known;
    throw new BaiError(
      'login-cannot-ask',
      'there is no terminal to ask on, and no address was given',
      (options) =>
        `type: bai-win login <address>${options}; see bai-win login --help for what else to give`,
    );
  }
  const suggestion = known === '' ? 'e.g. https://console.example.com' : `Enter for ${known}`;
  const typed = await ask(`address of Backend.AI (${suggestion}): `);
  return typed === '' ? known : typed;
}

function questionsOn(terminal: Terminal): LoginQuestions {
  return {
    otp: async (refusal) => {
      if (!canAsk()) return undefined;
      terminal.say(refusal.message);
      return ask('one-time code: ');
    },
    endOldest: async (refusal) => {
      if (!canAsk()) return false;
      terminal.say(refusal.message);
      return confirm('end the oldest of those logins?', false);
    },
  };
}
