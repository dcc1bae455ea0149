/** Waiting for what has no event to wait for. */
const POLL_MS = 5;

/** Asks again and again until it holds (an error counts as no); fails loudly when that takes too long. Resolves with the ms it took. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what = 'what is waited for',
  withinMs = 30_000,
): Promise<number> {
  const began = performance.now();
  while (!(await asked(holds))) {
    if (performance.now() - began > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  return performance.now() - began;
}

async function asked(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await holds();
  } catch {
    return false;
  }
}
