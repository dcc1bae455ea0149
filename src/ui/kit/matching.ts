/** Items whose text holds every word that was typed, those that begin with the first word first. */
export function matching<Item>(items: readonly Item[], typed: string, textOf: (item: Item) => string): readonly Item[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const first = words[0];
  if (first === undefined) return items;
  const found = items
    .map((item) => ({ item, text: textOf(item).toLowerCase() }))
    .filter(({ text }) => words.every((word) => text.includes(word)));
  return [
    ...found.filter(({ text }) => text.startsWith(first)),
    ...found.filter(({ text }) => !text.startsWith(first)),
  ].map(({ item }) => item);
}
