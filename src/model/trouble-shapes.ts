/** Troubles of backups that are told as long as they stand: which, and about what. Which there are, and when, is `plan/backup/troubles.ts`. */
import { z } from 'zod';
import { id } from '#model/entry-shapes.ts';

const code = z.string().regex(/^[a-z][a-z-]{0,39}$/);

export const troubleData = z.strictObject({ code, weight: z.enum(['look', 'note']) });
export const troubleOverData = z.strictObject({ code });

/** What a command about one names. */
export const troubleAbout = { project: id('project').optional(), vault: id('vault').optional() };
