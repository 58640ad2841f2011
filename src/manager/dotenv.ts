/**
 * Reads a `.env` file or one of the `env-….sh` files that sites hand out, leniently: `KEY=value` with
 * or without `export`, `set` or `$env:` in front, single or double quotes, comments, a byte order
 * mark, any line ends (protocol section 7.1). Lines that assign nothing are passed over; of several
 * assignments the last one counts.
 */
export function parseDotEnv(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  for (const line of text.replace(/^\uFEFF/u, '').split(/\r\n|\r|\n/u)) {
    const match = /^\s*(?:export\s+|set\s+|\$env:)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/iu.exec(
      line,
    );
    if (match?.[1] !== undefined) values[match[1]] = unquote(match[2] ?? '');
  }
  return values;
}

function unquote(value: string): string {
  const single = /^'([^']*)'\s*;?\s*(?:#.*)?$/u.exec(value);
  if (single !== null) return single[1] ?? '';
  const double = /^"((?:[^"\\]|\\.)*)"\s*;?\s*(?:#.*)?$/u.exec(value);
  // Only what a shell unescapes inside double quotes, so that Windows paths keep their backslashes.
  if (double !== null) return (double[1] ?? '').replace(/\\(["\\$`])/gu, '$1');
  return value.replace(/\s+#.*$/u, '').replace(/^#.*$/u, '');
}
