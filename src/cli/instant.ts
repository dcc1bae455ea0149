/** Instants as people type them: `2026-03-14`, `2026-03-14T09:00`, `2026-03-14T09:00:00Z`, or ms since 1970. */
import { usage } from './failure.ts';

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/;

export function parseInstant(text: string): number {
  if (/^\d{12,14}$/.test(text)) return Number(text);
  const at = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw usage(`"${text}" is not an instant.`, 'Write it like 2026-03-14 or 2026-03-14T09:00:00Z.');
  return at;
}
