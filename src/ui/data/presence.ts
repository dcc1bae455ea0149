/**
 * Whether somebody is there. Pages keep themselves fresh, and every request keeps a session from idling out, so an open page alone must
 * not: after 15 minutes without a key, a click or a touch the page signs itself out. The server ends the session in the same time
 * when the page is gone.
 */
export const IDLE_MS = 15 * 60_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

let lastSignAt = Date.now();

/** When the page will take nobody to be there. */
export function presenceEndsAt(): number {
  return lastSignAt + IDLE_MS;
}

export function noteSign(at: number): void {
  lastSignAt = Math.max(lastSignAt, at);
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
