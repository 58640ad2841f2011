import { BaiError } from '../errors.js';
import { isAtLeast } from './api-version.js';
import { encode, isSuccess, type Call, type ManagerClient } from './client.js';
import { firstPart } from './multipart.js';
import { readProblem } from './problem.js';
import type { Session } from './session.js';
import type { HttpAnswer } from './transport.js';

/** The session's private key as the manager sent it: a PEM text, or a tar that holds one. */
export interface KeyFile {
  /** Relative to `/home/work`. */
  readonly path: string;
  readonly payload: Buffer;
}

/** Where containers keep the key: docker, Kubernetes, the user's own (protocol section 6.1). */
const PATHS = ['id_container', '.ssh/id_container', '.ssh/id_rsa'];

/** The manager sends at most 1 MiB of tar a file (protocol section 5); the rest is framing. */
const MAX_DOWNLOAD = 1024 * 1024 + 64 * 1024;

/**
 * Downloads the key with which the session's sshd lets its user in. The endpoint changed its method in
 * 24.03 and where it reads the path from in 26.3 to 26.4.7: the path is sent in both places, and a
 * refusal of the method means the other one (protocol section 5).
 *
 * @param options of what is to be typed where there is none, with a space before each
 * @throws BaiError `key-file-missing`, `key-file-not-permitted`, `key-file-too-large`, and as any call
 */
export async function downloadKeyFile(
  client: ManagerClient,
  session: Session,
  options = '',
): Promise<KeyFile> {
  for (const path of PATHS) {
    const payload = await download(client, session, path);
    if (payload !== undefined) return { path, payload };
  }
  throw new BaiError(
    'key-file-missing',
    `session "${session.name}" has no key file: neither ${PATHS.join(' nor ')} is in /home/work`,
    `a mounted .ssh folder with its own authorized_keys means that the session takes only your own key; give that one: bai-win setup ${session.name} --identity FILE${options}`,
    { details: { id: session.id, paths: PATHS } },
  );
}

/** The file's bytes, or `undefined` where there is no such file. */
async function download(
  client: ManagerClient,
  session: Session,
  path: string,
): Promise<Buffer | undefined> {
  const { release } = await client.greeting();
  const base = `/session/${encode(session.id)}`;
  const get: Call = {
    method: 'GET',
    path: `${base}/download_single`,
    query: { file: path },
    maxBytes: MAX_DOWNLOAD,
  };
  const post: Call = { ...get, method: 'POST', json: { file: path } };
  const [first, second] = isAtLeast(release, 24, 3) === false ? [get, post] : [post, get];

  let call = first;
  let answer = await client.call(call);
  if (isOtherMethodWanted(answer)) {
    call = second;
    answer = await client.call(call);
  }
  if (answer.status === 500 && readProblem(answer)?.slug === 'internal-server-error') {
    // 25.6.0 and 25.6.1 always fail here, but not in the sibling that sends several files.
    call = {
      method: 'POST',
      path: `${base}/download`,
      query: { files: path },
      json: { files: [path] },
      maxBytes: MAX_DOWNLOAD,
    };
    answer = await client.call(call);
  }
  if (isSuccess(answer)) return content(answer, client, call);
  const refusal = fileProblem(answer, session, path);
  if (refusal === 'missing') return undefined;
  throw refusal ?? client.error(answer, call);
}

function isOtherMethodWanted(answer: HttpAnswer): boolean {
  if (answer.status === 405) return true;
  const slug = readProblem(answer)?.slug;
  return slug === 'deprecated' || slug === 'url-not-found' || slug === 'method-not-allowed';
}

function content(answer: HttpAnswer, client: ManagerClient, call: Call): Buffer {
  const contentType = answer.headers['content-type'] ?? '';
  // A web page means that something else answered; the manager sends octets or multipart.
  if (/^text\/html/iu.test(contentType)) throw client.error(answer, call);
  if (!/^multipart\//iu.test(contentType)) return answer.body;
  const part = firstPart(contentType, answer.body);
  if (part === undefined) {
    throw new BaiError(
      'key-file-garbled',
      `the key file came from ${client.endpoint.url} in a form that cannot be read (${contentType})`,
      'try again; a proxy in between may be cutting or changing answers',
    );
  }
  return part;
}

/** What the agent says about a file that it does not send; all of it comes as status 500. */
function fileProblem(
  answer: HttpAnswer,
  session: Session,
  path: string,
): BaiError | 'missing' | undefined {
  const problem = readProblem(answer);
  if (answer.status !== 500 || problem?.slug !== 'kernel-execution-failed') return undefined;
  if (/PermissionError/u.test(problem.agent)) {
    return new BaiError(
      'key-file-not-permitted',
      `session "${session.name}" does not let /home/work/${path} be read: ${problem.agent}`,
      'check in the session what that file is: ls -la /home/work (a link out of /home/work is refused)',
    );
  }
  if (/too large/iu.test(problem.agent)) {
    return new BaiError(
      'key-file-too-large',
      `/home/work/${path} in session "${session.name}" is larger than a download may be (1 MiB)`,
      'that is no key file; delete or rename it in the session and start the session again',
    );
  }
  // ≥ 24.03 and ≤ 23.09 respectively.
  return /Could not (?:download the archive|found the file)/u.test(problem.agent)
    ? 'missing'
    : undefined;
}
