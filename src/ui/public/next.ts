/** Where to go after signing in: only a path of our own pages, whatever the address bar was made to say. */
export function safeNext(next: string | null): string | undefined {
  if (next === null || !/^\/(facility|studio|assess)(\/|\?|$)/.test(next) || next.includes('\\')) return undefined;
  return next;
}

/** The token in a link's fragment, which browsers keep to themselves; the address bar forgets it at once. */
export function tokenOf(fragment: string): string | undefined {
  const text = fragment.replace(/^#/, '').replace(/^(token|t)=/, '');
  return /^[A-Za-z0-9_-]{20,100}$/.test(text) ? text : undefined;
}
