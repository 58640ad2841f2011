import { BaiError } from '../errors.js';

/** Another program was faster: what a change starts from is not there any more. */
export function overtaken(subject: string): BaiError {
  return new BaiError(
    'plan-overtaken',
    `another program has changed ${subject} just now`,
    'close that program, then run the command again',
  );
}
