/**
 * What to call each of some sites or tunnels, by id, in their order: by the id too, which every command takes,
 * where names repeat.
 */
export function namesApart(
  things: readonly { readonly id: string; readonly session: string }[],
): Map<string, string> {
  return new Map(
    things.map(({ id, session }) => [
      id,
      things.some((other) => other.id !== id && other.session === session)
        ? `${session} (${id})`
        : session,
    ]),
  );
}
