/** What a share session needs to stay open: the right, the machine, a flow that declares it, and that nobody else has come to the machine. */
import { permits, refusalOf } from '#access/permits.ts';
import type { Decide } from '#gates/registry/holding.ts';
import {
  isSomebodyElseThere,
  isWorkplace,
  machineOf,
  machineTaken,
  notAWorkplace,
  notDeclared,
  sharePaths,
  unknownMachine,
} from '#model/share.ts';

const NO_RIGHTS: ReadonlySet<string> = new Set();

export const decideShare: Decide = (state, request, session, at) => {
  const { person, project, engagement, credential, from, factorAt } = request;
  const machine = machineOf(state, request);
  if (machine === undefined) return unknownMachine(from);
  if (!isWorkplace(machine)) return notAWorkplace(machine.name);
  if (project === undefined) return notDeclared();
  const context = { from, factorAt, credential, engagement, session };
  const decision = permits(state, { who: person, action: 'share.open', on: { project }, context }, at);
  if (!decision.allow) return refusalOf(decision);
  const paths = sharePaths(state, machine, project, at);
  if (paths.length === 0) return notDeclared();
  const openedAt = session === undefined ? undefined : state.sessions.get(session)?.openedAt;
  if (openedAt !== undefined && isSomebodyElseThere(state, request, openedAt)) return machineTaken(machine.name);
  const until = Math.min(decision.until, ...paths.flatMap((path) => path.until ?? []));
  return { kind: 'held', until, rights: NO_RIGHTS };
};
