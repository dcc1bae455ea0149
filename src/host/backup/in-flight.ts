/** Work on many things at once, within two limits: how many are under way, and how many bytes they hold in memory together. */

export interface FlightLimits {
  readonly count: number;
  /** What is larger than this goes alone. */
  readonly bytes: number;
}

/** Begins them in order. After one fails no other begins; rejects with its cause when those under way have ended. */
export async function eachInFlight<T extends { readonly bytes: number }>(
  things: Iterable<T>,
  { count, bytes: bytesMax }: FlightLimits,
  act: (thing: T) => Promise<void>,
): Promise<void> {
  const flying = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let bytes = 0;
  for (const thing of things) {
    while (flying.size >= count || (flying.size > 0 && bytes + thing.bytes > bytesMax)) await Promise.race(flying);
    if (failures.length > 0) break;
    bytes += thing.bytes;
    const one = act(thing)
      .catch((cause: unknown) => void failures.push(cause))
      .finally(() => {
        flying.delete(one);
        bytes -= thing.bytes;
      });
    flying.add(one);
  }
  await Promise.all(flying);
  if (failures.length > 0) throw failures[0];
}
