/** A kind of entry: whether it changes the state or tells of activity, and the shape of its data. */
import { z } from 'zod';

export interface Kind<Data extends z.ZodType = z.ZodType> {
  readonly class: 'state' | 'activity';
  readonly data: Data;
}

export function state<Data extends z.ZodType>(data: Data): Kind<Data> {
  return { class: 'state', data };
}

export function activity<Data extends z.ZodType>(data: Data): Kind<Data> {
  return { class: 'activity', data };
}

/** Entries that say everything by their kind and what they are about. */
export const none = z.strictObject({});
