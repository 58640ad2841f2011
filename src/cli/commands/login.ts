import type { CommandModule } from 'yargs';
import { BaiError } from '../../errors.js';
import type { FoundCredentials } from '../../setup/credentials.js';
import type { GlobalArguments } from '../arguments.js';
import { ask, askSecret, canAsk, readStandardInput } from '../prompt.js';
import { start } from '../start.js';
import type { Terminal } from '../terminal.js';

interface LoginArguments extends GlobalArguments {
  show: boolean;
  'secret-key-stdin': boolean;
  'dry-run': boolean;
}

export const loginCommand: CommandModule<GlobalArguments, LoginArguments> = {
  command: 'login',
  describe: 'ask for endpoint and keys, check them, and keep them private',
  builder: (parser) =>
    parser
      .option('show', {
        type: 'boolean',
        default: false,
        describe: 'only show which endpoint and access key are in use, and where they come from',
      })
      .option('secret-key-stdin', {
        type: 'boolean',
        default: false,
        describe: 'read the secret key from standard input instead of asking',
      })
      .option('dry-run', {
        type: 'boolean',
        default: false,
        describe: 'check the keys, write nothing',
      })
      .example('$0 login', 'asks for everything')
      .example('$0 login --show', 'what is in use now')
      .epilogue(
        'Each value is taken from the first that has it: command line, .env in this folder or above, environment (BACKEND_*), config.ini.',
      ),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const { lookUpCredentials } = await import('../../setup/sign-in.js');
    const flags = { endpoint: args.endpoint, accessKey: args['access-key'] };
    if (args.show) {
      show(terminal, await lookUpCredentials(workspace, flags));
      return;
    }
    const { login } = await import('../../setup/login.js');
    const credentials = {
      endpoint:
        args.endpoint ?? (await askFor('endpoint, e.g. https://api.example.com: ', '--endpoint')),
      accessKey: args['access-key'] ?? (await askFor('access key: ', '--access-key')),
      secretKey: args['secret-key-stdin'] ? await readStandardInput() : await askForSecret(),
    };
    const { release, endpoint, configFile } = await login(workspace, credentials, args['dry-run']);
    terminal.step(
      'checked',
      `${endpoint} (Backend.AI ${release}) accepts access key ${credentials.accessKey}`,
    );
    if (args['dry-run']) terminal.step('saved', `nothing: --dry-run; it would go to ${configFile}`);
    else terminal.step('saved', `${configFile}, readable by you alone`);
    terminal.say('next, type: bai-win sessions');
    if (terminal.json) {
      terminal.printJson({ endpoint, release, accessKey: credentials.accessKey, configFile });
    }
  },
};

function show(terminal: Terminal, found: FoundCredentials): void {
  const { endpoint, accessKey, secretKey } = found;
  if (terminal.json) {
    const secret = secretKey === undefined ? null : { origin: secretKey.origin };
    terminal.printJson({
      endpoint: endpoint ?? null,
      accessKey: accessKey ?? null,
      secretKey: secret,
    });
    return;
  }
  const origin = (value: { origin: string }): string => `(from ${value.origin})`;
  terminal.step(
    'endpoint',
    endpoint === undefined ? 'not known' : `${endpoint.value} ${origin(endpoint)}`,
  );
  terminal.step(
    'access key',
    accessKey === undefined ? 'not known' : `${accessKey.value} ${origin(accessKey)}`,
  );
  terminal.step('secret key', secretKey === undefined ? 'not known' : `known ${origin(secretKey)}`);
  if (endpoint === undefined || accessKey === undefined || secretKey === undefined) {
    terminal.say('to sign in, type: bai-win login');
  }
}

async function askFor(question: string, option: string): Promise<string> {
  if (!canAsk()) {
    throw new BaiError(
      'login-cannot-ask',
      `there is no terminal to ask on, and ${option} was not given`,
      'give --endpoint and --access-key, and the secret key with --secret-key-stdin',
    );
  }
  return ask(question);
}

async function askForSecret(): Promise<string> {
  if (!canAsk()) {
    throw new BaiError(
      'login-cannot-ask-secret',
      'there is no terminal to ask for the secret key on',
      'pass it on standard input: bai-win login --secret-key-stdin < file',
    );
  }
  return askSecret('secret key (not shown): ');
}
