import type { Argv, CommandModule } from 'yargs';
import { BaiError } from '../../errors.js';
import type { Session } from '../../manager/session.js';
import type { GlobalArguments } from '../arguments.js';
import { sayDryRun } from '../dry-run.js';
import {
  givenPassphrase,
  passphraseQuestion,
  withPassphraseOptions,
  type PassphraseArguments,
} from '../passphrases.js';
import { canAsk, confirm } from '../prompt.js';
import { start } from '../start.js';
import type { Terminal } from '../terminal.js';

interface ReplaceArguments extends GlobalArguments {
  yes: boolean;
  'dry-run': boolean;
}

interface RotateArguments extends ReplaceArguments {
  type: 'rsa' | 'ed25519';
}

interface UploadArguments extends ReplaceArguments, PassphraseArguments {
  file: string;
}

function withReplaceOptions<T>(
  parser: Argv<T>,
): Argv<T & Pick<ReplaceArguments, 'yes' | 'dry-run'>> {
  return parser
    .option('yes', { type: 'boolean', default: false, describe: 'do not ask' })
    .option('dry-run', {
      type: 'boolean',
      default: false,
      describe: 'show which sessions keep the old key, change nothing',
    });
}

export const keyRotateCommand: CommandModule<GlobalArguments, RotateArguments> = {
  command: 'rotate',
  describe: 'replace the SSH key pair of your sessions to come by a new one',
  builder: (parser) =>
    withReplaceOptions(
      parser.option('type', {
        choices: ['rsa', 'ed25519'] as const,
        default: 'rsa' as const,
        describe:
          'rsa, made by Backend.AI; ed25519, made here, with which no login fails by chance',
      }),
    )
      .example('$0 key rotate', 'running sessions keep the old one')
      .example('$0 key rotate --type ed25519', 'ends "Server refused public-key signature"'),
  handler: async (args) => {
    const { terminal, workspace, signIn } = start(args);
    const manager = await signIn();
    const { makeEd25519Keypair, rotateKeypair, sessionsWithOldKey, uploadKeypair } =
      await import('../../setup/keypair.js');
    const sessions = await sessionsWithOldKey(manager);
    await replace(terminal, workspace.options, args, sessions, async () =>
      args.type === 'rsa'
        ? rotateKeypair(manager)
        : uploadKeypair(manager, await makeEd25519Keypair()),
    );
  },
};

export const keyUploadCommand: CommandModule<GlobalArguments, UploadArguments> = {
  command: 'upload <file>',
  describe: 'store a key pair of your own at Backend.AI for your sessions to come',
  builder: (parser) =>
    withReplaceOptions(
      withPassphraseOptions(
        parser.positional('file', {
          type: 'string',
          demandOption: true,
          describe: 'a private key in any form; it is stored there without its passphrase',
        }),
      ),
    ).example('$0 key upload mykey.ppk', 'running sessions keep the old one'),
  handler: async (args) => {
    const { terminal, workspace, signIn } = start(args);
    const { readKeypair, sessionsWithOldKey, uploadKeypair } =
      await import('../../setup/keypair.js');
    const passphrase = await givenPassphrase(args);
    const pair = await readKeypair(args.file, passphrase, passphraseQuestion(args.file));
    const manager = await signIn();
    const sessions = await sessionsWithOldKey(manager);
    const upload = (): Promise<string> => uploadKeypair(manager, pair);
    await replace(terminal, workspace.options, args, sessions, upload, pair.publicLine);
  },
};

/**
 * Says who keeps the old key, asks, replaces it, and says what is new and what to do next.
 *
 * @param own line of the public key that is to be stored, where it is known already
 */
async function replace(
  terminal: Terminal,
  options: string,
  args: ReplaceArguments,
  sessions: readonly Session[],
  change: () => Promise<string>,
  own?: string,
): Promise<void> {
  const { fingerprintOfLine } = await import('../../setup/keypair.js');
  const dryRun = args['dry-run'];
  if (own !== undefined)
    terminal.step('key', `${own.split(' ', 1)[0] ?? ''}, ${fingerprintOfLine(own) ?? ''}`);
  for (const { name, id } of sessions) {
    terminal.warn(`session ${name} (${id.slice(0, 8)}) keeps the key that it was started with`);
  }
  if (!dryRun && !args.yes && !(await isAgreed())) {
    terminal.say('nothing was changed');
    return;
  }
  const publicKey = dryRun ? null : await change();
  const line = publicKey ?? own;
  const fingerprint = line === undefined ? null : fingerprintOfLine(line);
  if (terminal.json) {
    const keeping = sessions.map(({ id, name }) => ({ id, name }));
    terminal.printJson({ dryRun, publicKey, fingerprint, keepOldKey: keeping });
  }
  if (publicKey === null) {
    sayDryRun(terminal);
    return;
  }
  terminal.step('new key', publicKey);
  if (fingerprint !== null) terminal.step('', fingerprint);
  terminal.say(
    `sessions that you start from now on know it; then type: bai-win setup <session>${options}`,
  );
}

async function isAgreed(): Promise<boolean> {
  if (!canAsk()) {
    throw new BaiError(
      'keypair-not-confirmed',
      'the key pair that is stored now would be lost at Backend.AI, and there is no terminal to ask on',
      'if that is meant, add --yes',
    );
  }
  return confirm('replace the key pair that is stored now? it cannot be brought back', false);
}
