import type { CommandModule } from 'yargs';
import type { SiteCard } from '../../setup/site-card.js';
import type { GlobalArguments } from '../arguments.js';
import { connectionFlags, start } from '../start.js';
import { table } from '../table.js';
import type { Terminal } from '../terminal.js';

interface ShowArguments extends GlobalArguments {
  session: string | undefined;
}

export const showCommand: CommandModule<GlobalArguments, ShowArguments> = {
  command: 'show [session]',
  describe: 'what to type into any other client: port, user, key files, host key',
  builder: (parser) =>
    parser
      .positional('session', {
        type: 'string',
        describe: 'name or id of a session that is set up here; without it, all are listed',
      })
      .example('$0 show', 'what is set up on this computer')
      .example('$0 show demo', 'host, port, user, keys, fingerprints, ready-made lines'),
  handler: async (args) => {
    const { terminal, workspace } = start(args);
    const [{ siteCard }, { forOwner, sitesOf }, { findMeantSite, siteOwner }, { readState }] =
      await Promise.all([
        import('../../setup/site-card.js'),
        import('../../setup/find-site.js'),
        import('../../setup/site-owner.js'),
        import('../../setup/site-list.js'),
      ]);
    const flags = connectionFlags(args);
    const state = await readState(workspace);
    if (args.session === undefined) {
      const owner = await siteOwner(workspace, flags);
      const sites = sitesOf(state, owner);
      const cards = await Promise.all(sites.map((site) => siteCard(workspace, site)));
      if (cards.length > 0 || terminal.json) list(terminal, cards);
      else {
        const setup = `bai-win setup <session>${owner.options ?? ''}`;
        terminal.say(`nothing is set up on this computer${forOwner(owner)}; type: ${setup}`);
      }
      return;
    }
    const site = await findMeantSite(workspace, state, args.session, flags);
    const card = await siteCard(workspace, site);
    if (terminal.json) terminal.printJson(card);
    else show(terminal, card, workspace.options);
  },
};

function show(terminal: Terminal, card: SiteCard, options: string): void {
  const { hostKey } = card;
  const lost = `not known; to learn it, type: bai-win setup ${card.name}${options}`;
  const withoutTunnel = card.withoutTunnel.join(', ');
  const rows: (readonly [string, string])[] = [
    ['session', `${card.name}, ${card.endpoint}, ${card.accessKey}`],
    ['id', card.id],
    ...(card.shownName === card.name ? [] : [['shown as', card.shownName] as const]),
    ['host', card.host],
    ['port', String(card.port)],
    ['user', card.user],
    ['folder', card.remoteDirectory],
    ['key', card.keyPath],
    ['PuTTY key', card.ppkPath],
    ['', card.keyFingerprint],
    ['host key', hostKey?.sha256 ?? lost],
    ...(hostKey === null ? [] : [['', hostKey.md5] as const]),
    ['set up in', card.clients.join(', ')],
    ...(withoutTunnel === '' ? [] : [['', `with their own tunnel: ${withoutTunnel}`] as const]),
    ['tunnel', tunnelOf(card, options)],
    ['url', card.url],
    ['ssh', card.ssh],
    ['sftp', card.sftp],
    ...(hostKey === null ? [] : [['known_hosts', hostKey.knownHosts] as const]),
  ];
  for (const [label, value] of rows) terminal.printLine(`${label.padEnd(11)}  ${value}`);
}

function tunnelOf({ name, via, tunnel }: SiteCard, options: string): string {
  if (via === 'direct') return 'not needed: the session is reached directly';
  if (via === 'appproxy') return 'not needed: that is a port of the AppProxy';
  return tunnel === null
    ? `closed; to open it, type: bai-win up ${name}${options}`
    : `open, process ${tunnel.pid}`;
}

function list(terminal: Terminal, cards: readonly SiteCard[]): void {
  if (terminal.json) {
    terminal.printJson(cards);
    return;
  }
  terminal.print(
    table(
      ['NAME', 'PORT', 'USER', 'TUNNEL', 'CLIENTS', 'ENDPOINT'],
      cards.map(({ name, via, port, user, tunnel, clients, endpoint }) => [
        name,
        String(port),
        user,
        via !== 'tunnel' ? 'none' : tunnel === null ? 'closed' : 'open',
        clients.join(','),
        endpoint,
      ]),
    ),
  );
  terminal.say('for one of them, type: bai-win show <session>');
}
