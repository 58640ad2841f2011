/** A list in random order. */
export function shuffled(list) {
  const rest = [...list];
  const result = [];
  while (rest.length > 0) result.push(...rest.splice(Math.floor(Math.random() * rest.length), 1));
  return result;
}
