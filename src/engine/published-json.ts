/**
 * Entries as the text that goes over the sockets, made once: the same array is sent to every gate, and once more as the answer to who
 * commanded it. A batch that ends a thousand engagements is half a megabyte of text.
 */
import type { Placed } from '#model/events.ts';

const texts = new WeakMap<readonly Placed[], string>();

export function publishedJson(placed: readonly Placed[]): string {
  const known = texts.get(placed);
  if (known !== undefined) return known;
  const text = JSON.stringify(placed);
  texts.set(placed, text);
  return text;
}
