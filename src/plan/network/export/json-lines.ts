/** JSON for people and diffs: each item of each list on a line of its own, members in canonical order. */
import type { Json } from '#std/canonical.ts';
import { canonical } from '#std/canonical.ts';

export function renderJsonLines(lists: Readonly<Record<string, readonly Json[]>>): string {
  const members = Object.entries(lists).map(([name, items]) => {
    if (items.length === 0) return `${JSON.stringify(name)}: []`;
    return `${JSON.stringify(name)}: [\n${items.map((item) => `  ${canonical(item)}`).join(',\n')}\n]`;
  });
  return `{\n${members.join(',\n')}\n}\n`;
}
