/** A site or a tunnel, as far as names go. */
interface Named {
  readonly id: string;
  readonly session: string;
}

/** What to type for each of some sites or tunnels, by id: its name, or, where names repeat, its id. */
export function referencesTo(things: readonly Named[]): Map<string, string> {
  return new Map(
    things.map(({ id, session }) => [
      id,
      things.some((other) => other.id !== id && other.session === session) ? id : session,
    ]),
  );
}

/**
 * What to call each of some sites or tunnels, by id, in their order: by the id too, which every command takes,
 * where names repeat.
 */
export function namesApart(things: readonly Named[]): Map<string, string> {
  const references = referencesTo(things);
  return new Map(
    things.map(({ id, session }) => [
      id,
      references.get(id) === session ? session : `${session} (${id})`,
    ]),
  );
}
