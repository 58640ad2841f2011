/**
 * A GraphQL executor for the few queries that clients send: one operation, fields with arguments,
 * variables, aliases; no fragments. Fields that an object does not have are errors, as in the
 * real schema.
 */

export class GraphqlError extends Error {}

/** The fields of the query type. What they return is plain data that holds every known field. */
export type Resolvers = Readonly<
  Record<string, (args: Readonly<Record<string, unknown>>) => unknown>
>;

interface Field {
  readonly name: string;
  readonly alias: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly fields: readonly Field[];
}

/**
 * Runs a query.
 * @throws GraphqlError for bad syntax and unknown fields
 */
export function executeGraphql(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  resolvers: Resolvers,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const field of parse(query, variables)) {
    const resolve = resolvers[field.name];
    if (resolve === undefined) throw unknownField(field.name, 'Query');
    result[field.alias] = select(resolve(field.args), field.fields);
  }
  return result;
}

function select(value: unknown, fields: readonly Field[]): unknown {
  if (Array.isArray(value)) return value.map((item) => select(item, fields));
  if (typeof value !== 'object' || value === null || fields.length === 0) return value;
  const object = value as Readonly<Record<string, unknown>>;
  const type = typeof object['__typename'] === 'string' ? object['__typename'] : 'Object';
  return Object.fromEntries(
    fields.map((field) => {
      if (!(field.name in object)) throw unknownField(field.name, type);
      return [field.alias, select(object[field.name], field.fields)];
    }),
  );
}

function unknownField(name: string, type: string): GraphqlError {
  return new GraphqlError(`Cannot query field '${name}' on type '${type}'.`);
}

/** Parses a document of one query operation and puts the variables in. */
function parse(query: string, variables: Readonly<Record<string, unknown>>): readonly Field[] {
  const tokens = query.replace(/#.*$/gm, '').match(/"(?:[^"\\]|\\.)*"|[\w.-]+|[^\s,]/g) ?? [];
  let next = 0;
  const peek = (): string | undefined => tokens[next];
  const take = (): string => {
    const token = tokens[next++];
    if (token === undefined) throw new GraphqlError('Syntax Error: Unexpected <EOF>');
    return token;
  };
  const expect = (token: string): void => {
    const found = take();
    if (found !== token) {
      throw new GraphqlError(`Syntax Error: Expected '${token}', found '${found}'`);
    }
  };
  const value = (): unknown => {
    const token = take();
    if (token === '$') return variables[take()] ?? null;
    if (token === '[') {
      const items: unknown[] = [];
      while (peek() !== ']') items.push(value());
      take();
      return items;
    }
    if (token === 'true' || token === 'false') return token === 'true';
    if (token === 'null') return null;
    if (token.startsWith('"')) return JSON.parse(token) as unknown;
    return /^-?\d/.test(token) ? Number(token) : token;
  };
  const args = (): Record<string, unknown> => {
    const found: Record<string, unknown> = {};
    if (peek() !== '(') return found;
    take();
    while (peek() !== ')') {
      const name = take();
      expect(':');
      found[name] = value();
    }
    take();
    return found;
  };
  const selection = (): Field[] => {
    const fields: Field[] = [];
    expect('{');
    while (peek() !== '}') {
      const alias = take();
      const renamed = peek() === ':';
      if (renamed) take();
      const name = renamed ? take() : alias;
      fields.push({ name, alias, args: args(), fields: peek() === '{' ? selection() : [] });
    }
    take();
    return fields;
  };

  if (peek() === 'query') {
    take();
    // The operation's name and the variables' types: nothing to learn from them.
    while (peek() !== '{') take();
  }
  return selection();
}
