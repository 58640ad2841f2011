import type { CommandModule } from 'yargs';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';
import { siteKind } from '../site-kind.js';
import { table } from '../table.js';

export const profilesCommand: CommandModule<GlobalArguments, GlobalArguments> = {
  command: 'profiles',
  describe: 'list the sites and accounts that bai-win login kept',
  builder: (parser) =>
    parser
      .example('$0 login console.example.com --profile work', 'keeps one more')
      .example('$0 setup demo --profile work', 'uses it; so does BAI_WIN_PROFILE=work'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const { lookUpCredentials } = await import('../../setup/sign-in.js');
    const { readProfiles } = await import('../../setup/profiles.js');
    const [profiles, inUse] = await Promise.all([
      readProfiles(workspace),
      lookUpCredentials(workspace, connectionFlags(args)),
    ]);
    const rows = profiles.map(({ name, values }) => ({
      name,
      mode: values.mode,
      endpoint: values.endpoint ?? null,
      accessKey: values.accessKey ?? null,
      inUse: name === inUse.profile?.name,
    }));
    if (terminal.json) {
      terminal.printJson(rows);
      return;
    }
    if (rows.length === 0) {
      terminal.say('no profile is kept yet; to make one, type: bai-win login');
      return;
    }
    terminal.print(
      table(
        ['', 'NAME', 'KIND', 'ENDPOINT', 'ACCESS KEY'],
        rows.map(({ name, mode, endpoint, accessKey, inUse: used }) => [
          used ? '*' : '',
          name,
          siteKind(mode),
          endpoint ?? '-',
          accessKey ?? '-',
        ]),
      ),
    );
    if (rows.some((row) => row.inUse)) terminal.say('* is in use now');
    else terminal.say('none of them is in use now; name one with --profile NAME');
  },
};
