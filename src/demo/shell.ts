import type { ServerChannel } from 'ssh2';
import { homePath } from './home.js';

interface Outcome {
  readonly out?: string;
  readonly err?: string;
  readonly status: number;
}

const greeting =
  'Welcome to a demo session of bai-win. There is no computer behind this prompt:\n' +
  'it knows echo, pwd, whoami, hostname, true, false and exit. Files go over SFTP.\n';

const prompt = 'work@demo:~$ ';

/** Runs one of a few harmless built-in commands and closes the channel with its status. */
export function serveExec(channel: ServerChannel, command: string): void {
  channel.on('error', () => {
    channel.close();
  });
  if (command.trim() === 'cat') {
    channel.on('end', () => {
      finish(channel, 0);
    });
    channel.pipe(channel, { end: false });
    return;
  }
  const { out = '', err = '', status } = run(command);
  if (err !== '') channel.stderr.write(err);
  channel.write(out);
  finish(channel, status);
}

/** A prompt that greets, says what this is, and runs the built-in commands line by line. */
export function serveShell(channel: ServerChannel, terminal: boolean): void {
  const show = (text: string): void => {
    channel.write(terminal ? text.replaceAll('\n', '\r\n') : text);
  };
  let line = '';
  let ended = false;
  const end = (status: number): void => {
    if (ended) return;
    ended = true;
    finish(channel, status);
  };
  const enter = (): void => {
    if (terminal) show('\n');
    const { out = '', err = '', status } = run(line);
    const leaves = /^\s*exit\b/.test(line);
    line = '';
    show(out + err);
    if (leaves) end(status);
    else if (terminal) show(prompt);
  };

  show(greeting);
  if (terminal) show(prompt);
  channel.on('error', () => {
    channel.close();
  });
  channel.on('end', () => {
    end(0);
  });
  channel.on('data', (data: Buffer) => {
    for (const char of data.toString('utf8')) {
      if (ended) return;
      if (char === '\r' || char === '\n') enter();
      else if (char === '\x04' && line === '') end(0);
      else if (char === '\x03') {
        line = '';
        show(`^C\n${prompt}`);
      } else if (char === '\x7f' || char === '\b') {
        if (line !== '') show('\b \b');
        line = line.slice(0, -1);
      } else if (char >= ' ') {
        line += char;
        if (terminal) show(char);
      }
    }
  });
}

function finish(channel: ServerChannel, status: number): void {
  channel.exit(status);
  channel.end();
}

function run(command: string): Outcome {
  const [name = '', ...words] = command.trim().split(/\s+/);
  switch (name) {
    case '':
    case 'true':
      return { status: 0 };
    case 'false':
      return { status: 1 };
    case 'echo':
      return { out: `${words.map(unquote).join(' ')}\n`, status: 0 };
    case 'pwd':
      return { out: `${homePath}\n`, status: 0 };
    case 'whoami':
      return { out: 'work\n', status: 0 };
    case 'hostname':
      return { out: 'main1\n', status: 0 };
    case 'exit':
      return { status: Number(words[0] ?? 0) & 0xff };
    default:
      return { err: `sh: ${name}: not found (this is a demo)\n`, status: 127 };
  }
}

function unquote(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}
