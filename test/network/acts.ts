/** What several tests of the guarded facility do. */
import type { TestContext } from 'node:test';
import type { FacilityOptions, GuardedFacility } from './guarded-facility.ts';
import { NAME, newId, openGuardedFacility, SCREEN, SMB } from './guarded-facility.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { QuarantineScope } from '#model/network-shapes.ts';
import type { Cut, State } from '#model/state.ts';
import { assert as ensure } from '#std/assert.ts';
import type { CutId, ProjectId, QuarantineId, SessionId } from '#std/ids.ts';

export async function opened(t: TestContext, options: FacilityOptions): Promise<GuardedFacility> {
  const facility = await openGuardedFacility(options);
  t.after(() => facility.close());
  return facility;
}

/** The rules refuse; the NAS and the seat's screen answer. */
export async function enforced(facility: GuardedFacility): Promise<void> {
  const { mode, confirm, nas, seat } = facility;
  await mode('enforce');
  await confirm();
  await nas.serve(SMB);
  await seat.serve(SCREEN);
}

/** Another flow that somebody decided. */
export async function addFlow({ ask, engine, gate }: GuardedFacility, port = 2049): Promise<void> {
  const state = engine.state();
  const smb = state.network.flows.first();
  ensure(smb !== undefined, 'drawn');
  const [service, flow] = [newId('service'), newId('flow')];
  await ask({
    kind: 'define-service',
    service,
    name: `port ${port}`,
    plane: 'data',
    ports: [{ protocol: 'tcp', first: port, last: port }],
  });
  const { from, to, owner, reason, reviewBy } = smb;
  await ask({ kind: 'add-flow', flow, from, to, owner, reason, reviewBy, class: 'standard', service });
  await gate.level();
}

/** By the host's name or by scope. */
export async function quarantined(
  { ask, gate, hostIds }: GuardedFacility,
  what: string | QuarantineScope,
): Promise<{ readonly cut: CutId; readonly quarantine: QuarantineId }> {
  const [quarantine, cut] = [newId('quarantine'), newId('cut')];
  await ask({ kind: 'quarantine', quarantine, scope: scopeOf(hostIds, what), reason: 'odd', cut });
  await gate.level();
  return { quarantine, cut };
}

function scopeOf(hostIds: GuardedFacility['hostIds'], what: string | QuarantineScope): QuarantineScope {
  if (typeof what !== 'string') return what;
  const host = hostIds.get(what);
  ensure(host !== undefined, 'drawn');
  return { kind: 'host', host };
}

type Receipt = Cut['receipts'][number];

/** The network's answer to an order. */
export async function receiptOf({ until }: GuardedFacility, cut: CutId): Promise<Receipt> {
  const find = (state: State): Receipt | undefined =>
    state.cuts.get(cut)?.receipts.find(({ gate }) => gate === 'network');
  const receipt = find(await until((state) => find(state) !== undefined));
  ensure(receipt !== undefined, 'it was waited for');
  return receipt;
}

/** The owner's. */
export async function addProject({ ask, engine }: GuardedFacility, folders: string[]): Promise<ProjectId> {
  const owner = engine.state().people.first();
  ensure(owner !== undefined, 'a facility has an owner');
  const project = newId('project');
  const named = { alias: 'alpha', title: NAME, level: 'standard' } as const;
  await ask({ kind: 'create-project', project, ...named, owner: owner.id, folders });
  return project;
}

/** Somebody on a project, with as many sessions as are wanted. */
export async function addFreelancer(facility: GuardedFacility) {
  const { ask } = facility;
  const person = newId('person');
  await ask({ kind: 'add-person', person, nature: 'human', name: NAME, roles: [] });
  const project = await addProject(facility, []);
  return {
    person,
    project,
    async openSession(): Promise<SessionId> {
      const session = newId('session');
      const until = Date.now() + HOUR_MS;
      await ask(
        { kind: 'open-session', session, person, project, gate: 'desktop', until },
        { service: 'gate-desktop' },
      );
      return session;
    },
  };
}

/** A facility of one lets go by itself. */
export async function release({ ask, gate }: GuardedFacility, quarantine: QuarantineId): Promise<void> {
  await ask({ kind: 'ask-release', quarantine, reason: 'it was cleaned' });
  await ask({
    kind: 'record-exception',
    exception: newId('exception'),
    rule: 'facility-of-one',
    reason: 'one person',
    until: Date.now() + 60_000,
  }).catch(() => undefined);
  await ask({ kind: 'release-quarantine', quarantine });
  await gate.level();
}
