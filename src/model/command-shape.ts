/** One command as a strict shape: its kind, and what it names. */
import { z } from 'zod';

export function command<Name extends string, Shape extends z.core.$ZodLooseShape>(kind: Name, shape: Shape) {
  return z.strictObject({ kind: z.literal(kind), ...shape });
}
