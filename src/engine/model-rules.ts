/** The real rules: the model's and the decision's. */
import { authorize } from '#access/authorize.ts';
import type { Rules } from '#engine/rules.ts';
import { decide } from '#model/decide.ts';
import { emptyState, evolve } from '#model/evolve.ts';
import { due } from '#model/due.ts';

export const modelRules: Rules = { empty: emptyState, authorize, decide, evolve, due };
