import { UsageError } from '../errors.js';
import type { SiteRecord } from './state.js';

/** What clients show where the person chose nothing else. */
export const DEFAULT_NAME = '{session}';

/** What a template may hold: what it stands for, from the notes of a site. */
const PLACEHOLDERS: Readonly<Record<string, (record: SiteRecord) => string>> = {
  session: ({ sessionName }) => sessionName,
  endpoint: ({ endpoint }) => placeOf(endpoint),
  user: ({ user }) => user,
};

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** Longest template; FileZilla cuts names at 255 characters, and nobody can read so long a one. */
const MAX_LENGTH = 100;

/**
 * Looks at what `--name` says.
 *
 * @returns the template, without blanks around it
 * @throws UsageError `name-placeholder-unknown`, `name-unusable`, `name-not-for-command-lines`
 */
export function checkNameTemplate(typed: string): string {
  const names = Object.keys(PLACEHOLDERS).map((name) => `{${name}}`);
  for (const [placeholder, name = ''] of typed.matchAll(PLACEHOLDER)) {
    if (!Object.hasOwn(PLACEHOLDERS, name)) {
      throw new UsageError(
        'name-placeholder-unknown',
        `--name knows no ${placeholder}`,
        `it takes text and ${names.join(', ')}, e.g. --name "{session}@{endpoint}"`,
      );
    }
  }
  const template = typed.trim();
  // Control characters, and halves of characters that no file can hold.
  if (template === '' || template.length > MAX_LENGTH || /[\p{Cc}\p{Cs}]/u.test(template)) {
    throw new UsageError(
      'name-unusable',
      `--name takes 1 to ${MAX_LENGTH} characters on one line, not ${JSON.stringify(typed)}`,
      `e.g. --name "{session}@{endpoint}"; --name "${DEFAULT_NAME}" goes back to the session's own name`,
    );
  }
  // It stands between double quotes in the lines that setup prints for people to paste.
  const [special] = /["`$]/.exec(template) ?? [];
  if (special !== undefined) {
    throw new UsageError(
      'name-not-for-command-lines',
      `--name cannot hold ${special}, which has a meaning of its own on command lines`,
      'leave it out; letters of any script, digits, blanks and most other signs are fine',
    );
  }
  return template;
}

/** What clients show for a site. */
export function shownName(record: SiteRecord): string {
  const template = record.nameTemplate ?? DEFAULT_NAME;
  return template.replace(PLACEHOLDER, (all, name: string) => PLACEHOLDERS[name]?.(record) ?? all);
}

/**
 * The host of an address, and its port where that is not the usual one: several sites may be at one host.
 * `:` has a meaning in some clients, `-` in none.
 */
function placeOf(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const { hostname, port } = new URL(endpoint);
  return port === '' ? hostname : `${hostname}-${port}`;
}
