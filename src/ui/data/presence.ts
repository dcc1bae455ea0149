/**
 * Whether somebody is there. Pages keep themselves fresh by asking again, and that alone must not keep a session alive: requests made
 * when nobody has touched the page for a minute say so, and the server's 15 idle minutes go on counting.
 */
const PRESENT_MS = 60_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

let lastSignAt = Date.now();

export function noteSign(at: number): void {
  lastSignAt = Math.max(lastSignAt, at);
}

export function isSomebodyThere(now: number): boolean {
  return now - lastSignAt < PRESENT_MS;
}

/** Begins to look for signs of somebody; ends with the result. */
export function watchPresence(): () => void {
  noteSign(Date.now());
  const sign = () => noteSign(Date.now());
  for (const kind of SIGNS) window.addEventListener(kind, sign, { passive: true });
  return () => {
    for (const kind of SIGNS) window.removeEventListener(kind, sign);
  };
}
