import type { CommandModule } from 'yargs';
import type { SignIn } from '../../setup/sign-in.js';
import type { Workspace } from '../../setup/workspace.js';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';
import type { Terminal } from '../terminal.js';

export const logoutCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'logout',
  describe: 'end the login and forget what bai-win login kept',
  builder: (parser) =>
    parser
      .example('$0 logout', 'ends and forgets the default profile')
      .example('$0 logout --profile work', 'another one'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const { lookUpCredentials } = await import('../../setup/sign-in.js');
    const { signOut } = await import('../../setup/login.js');
    const { namedProfile, readProfiles, unknownProfile } = await import('../../setup/profiles.js');
    const signIn = await lookUpCredentials(workspace, connectionFlags(args));
    const profiles = await readProfiles(workspace);
    const profile = profiles.find(({ name }) => name === signIn.profileName);
    if (profile === undefined && namedProfile(workspace, args.profile) !== undefined) {
      throw unknownProfile(signIn.profileName, profiles, 'to see them, type: bai-win profiles');
    }
    if (profile === undefined) {
      await sayNothingKept(terminal, workspace, signIn);
      if (terminal.json) terminal.printJson({ profile: null, ended: false });
      return;
    }
    const { ended, failure, erasedFrom } = await signOut(workspace, signIn, profile);
    const { mode, endpoint = 'the site' } = profile.values;
    if (failure !== null) {
      terminal.warn(
        `${endpoint} could not be told that the login ends: ${failure.message}; it ends by itself when it expires`,
      );
    } else if (ended) terminal.step('ended', `the login at ${endpoint}`);
    const also = erasedFrom === null ? '' : `, and its secret in ${erasedFrom}`;
    terminal.step('forgotten', `profile ${profile.name} in ${workspace.configFile}${also}`);
    if (mode === 'api')
      terminal.say('the key pair itself still works; the web console can delete it');
    const variables = await keysInVariables(workspace, signIn);
    if (variables !== null) {
      terminal.warn(
        `commands go on with the keys from ${variables.named}; to do without them, ${variables.remedy}`,
      );
    }
    const { leftOpen } = await import('../../setup/left-open.js');
    const open = await leftOpen(workspace, profile);
    if (open.length > 0) {
      terminal.warn(
        `tunnels are still open in the background, and connections through them fail until you sign in again: ${open.join(', ')}; to close them, type: bai-win down ${open.join(' ')}`,
      );
    }
    if (terminal.json) terminal.printJson({ profile: profile.name, ended, openTunnels: open });
  },
};

/** Says why there is nothing to forget: nobody is signed in, or only variables say who is. */
async function sayNothingKept(
  terminal: Terminal,
  workspace: Workspace,
  signIn: SignIn,
): Promise<void> {
  const variables = await keysInVariables(workspace, signIn);
  if (variables === null) {
    terminal.say('nobody is signed in here; nothing was changed');
    return;
  }
  const { named, remedy } = variables;
  terminal.say(`the keys come from ${named}, and nothing is kept that could be forgotten`);
  terminal.say(`to do without them, ${remedy}`);
}

/** The variables that the keys are taken from, and how to do without them; `null` where none is. */
async function keysInVariables(
  { machine }: Workspace,
  { found: { accessKey, secretKey } }: SignIn,
): Promise<{ readonly named: string; readonly remedy: string } | null> {
  const { isVariable, withoutVariables } = await import('../../setup/credential-origins.js');
  if (!isVariable(secretKey)) return null;
  const variables = [accessKey, secretKey].filter(isVariable);
  return {
    named: variables.map(({ variable, origin }) => `${variable} (${origin})`).join(' and '),
    remedy: withoutVariables(variables, machine.platform),
  };
}
