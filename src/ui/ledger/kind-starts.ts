/** What the ledger can be narrowed to: the beginning of a kind, with what people call it. Every kind of the model is there. */
import { KINDS } from '#model/events.ts';

const NAMES: Readonly<Record<string, string>> = {
  access: 'Refused acts',
  change: 'Planned changes',
  hold: 'Legal holds',
  prune: 'Removals of backups',
  bundle: 'Evidence bundles',
  cut: 'Cuts and receipts',
  facility: 'Facility settings',
  file: 'Files',
  ledger: 'Ledger heads',
  person: 'People',
  recovery: 'Recoveries',
  review: 'Access reviews',
  signin: 'Sign-ins',
};

/** `['file.', 'Files']`, by name. */
export const KIND_STARTS: readonly (readonly [start: string, name: string])[] = [
  ...new Set(Object.keys(KINDS).map((kind) => kind.slice(0, kind.indexOf('.')))),
]
  .map((noun) => [`${noun}.`, NAMES[noun] ?? plural(noun)] as const)
  .sort(([, one], [, other]) => one.localeCompare(other));

function plural(noun: string): string {
  const words = noun.charAt(0).toUpperCase() + noun.slice(1).replaceAll('-', ' ');
  return /[^aeiou]y$/.test(words) ? `${words.slice(0, -1)}ies` : `${words}s`;
}
