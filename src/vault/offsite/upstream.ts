/** The first vault as the second one sees it: lists in order of arrival, and bytes. Nothing else can be asked of it. */
import { z } from 'zod';
import type { ObjectType } from '#ports/object-store.ts';

const objectName = z.string().regex(/^([0-9a-f]{64})?$/);
/** More in one answer are not read. */
export const ARRIVALS_PAGE_MAX = 10_000;

export const arrivalRows = z
  .array(
    z.object({
      n: z.int().min(1),
      type: z.enum(['config', 'data', 'index', 'keys', 'snapshots']),
      /** '' for the config. */
      name: objectName,
      size: z.int().min(0),
      arrivedAt: z.number(),
      setAsideBy: z.string().optional(),
    }),
  )
  .max(ARRIVALS_PAGE_MAX);
export type ArrivalRow = z.infer<typeof arrivalRows>[number];

export const repositoryNames = z.array(z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/)).max(1000);

export interface Upstream {
  /** Repositories that we may pull. */
  repositories(): Promise<readonly string[]>;
  /** What arrived there after number `after`, in order, a page of it; empty at the end. */
  arrivals(repository: string, after: number): Promise<readonly ArrivalRow[]>;
  /**
   * The bytes from `offset` to the end. A Fault `object-missing` when it is listed and not there; a Fault with `retry` when the network failed, before or
   * within.
   */
  read(repository: string, type: ObjectType, name: string, offset: number): AsyncIterable<Uint8Array>;
  close(): void;
}
