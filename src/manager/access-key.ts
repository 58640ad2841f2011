import { BaiError } from '../errors.js';

/** The longest that a manager keeps (Backend.AI, column `keypairs.access_key`); secret keys have 40. */
const MAX_LENGTH = 20;

/** As managers make them: capitals and digits, `AKIA` first. */
const USUAL = new RegExp(`^[A-Z0-9]{1,${MAX_LENGTH}}$`, 'u');

/** How much is shown of what may be a secret: enough to tell which text was taken. */
const SHOWN = 4;

/** The question to ask where an access key is refused that does not look like one. */
export const SWAPPED = 'were access key and secret key swapped?';

/** Whether a text looks as access keys do; others may be a secret key in its place. */
export function isUsualAccessKey(text: string): boolean {
  return USUAL.test(text);
}

/** An access key for people to see; of one that does not look like one, its first characters. */
export function shownAccessKey(text: string): string {
  return isUsualAccessKey(text) ? text : JSON.stringify(`${text.slice(0, SHOWN)}...`);
}

/**
 * Refuses what no manager can know, before it is sent anywhere. It stands in a header between `=` and
 * `:`, where what was pasted along with it would do harm.
 *
 * @throws BaiError `access-key-malformed`
 */
export function checkAccessKey(text: string): void {
  if (text.length <= MAX_LENGTH && /^[\w.+/=@-]+$/u.test(text)) return;
  throw new BaiError(
    'access-key-malformed',
    `an access key has at most ${MAX_LENGTH} letters and digits, but this one is ${shownAccessKey(text)} with ${text.length} characters`,
    (options) =>
      `${SWAPPED} copy both again from the web console, without blanks around them: bai-win login${options}`,
  );
}
