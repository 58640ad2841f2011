/**
 * What people call the site of a sign-in. A "session" is a compute session to them, so that the mode of
 * that name (Backend.AI's own word, kept in settings and in --json) is not shown.
 */
export function siteKind(mode: string): 'web console' | 'manager' {
  return mode === 'session' ? 'web console' : 'manager';
}
