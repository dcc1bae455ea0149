/** The data of an entry as terms and values: instants, sizes and lengths in words, the rest as it stands. Pure. */
import type { EntryView } from '#api/endpoints/views.ts';
import { absoluteText, bytesText, millisText } from '../kit/words.ts';

type Value = EntryView['data'][string];

/** Nested data is written as a path: `credential type`. */
export function heldBy(data: EntryView['data']): readonly (readonly [term: string, value: string])[] {
  return Object.entries(data).flatMap(([name, value]) => held(name, value));
}

function held(name: string, value: Value): readonly (readonly [string, string])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([inner, of]) => held(`${name}.${inner}`, of as Value)); // data is JSON all the way down
  return [[termOf(name), valueOf(name.split('.').at(-1) ?? name, value)]];
}

/** `sizeBytes` reads `size bytes`; the unit is said by the value where there is one. */
function termOf(name: string): string {
  const words = name
    .replace(/(Bytes|Ms|At)$/, '')
    .replaceAll('.', ' ')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words === '' ? name : words.charAt(0).toUpperCase() + words.slice(1);
}

/** Names that stand for an instant without saying so in their last word. */
const INSTANTS: ReadonlySet<string> = new Set(['from', 'until', 'at', 'notBefore', 'confirmBy', 'reviewBy']);
/** Numbers below are no instant: minutes of a day, numbers of entries. */
const INSTANT_MIN_MS = 1e11;

function valueOf(name: string, value: Value): string {
  if (typeof value === 'number') {
    if ((INSTANTS.has(name) || /(At|Until|Since)$/.test(name)) && value >= INSTANT_MIN_MS) return absoluteText(value);
    if (/bytes$/i.test(name)) return bytesText(value);
    return /(^ms|Ms)$/.test(name) ? millisText(value) : String(value);
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' || typeof one === 'number'))
    return value.length === 0 ? 'none' : value.join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
