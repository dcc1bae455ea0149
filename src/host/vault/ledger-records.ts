/** What of a vault the ledger is told, and what it says of removals there: the same whether the vault is beside it or on another machine. */
import type { DataOf, Draft } from '#model/events.ts';
import { isHeld } from '#model/backup-facts.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { Prune } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import type { Approval, Swept } from '#vault/server/removals.ts';

const ROWS_MAX = 200;
const DAY_MS = 86_400_000;
const BY = { service: 'gate-backup' };

/** Client → day since 1970 on which its growth was told. */
export type Told = Readonly<Record<string, number>>;

export interface LedgerRecords {
  /** Any number of rows, in order of arrival; `onKept` hears how far each durable entry reaches. */
  accepted(rows: readonly DataOf<'vault.accepted'>['rows'][number][], onKept: (n: number) => void): Promise<void>;
  refused(refusal: DataOf<'vault.refused'>): Promise<void>;
  /** Each client once in a day of the vault's; `told` remembers whom, and is given back as it is then. */
  grew(rows: readonly DataOf<'vault.grew'>[], at: number, told: Told): Promise<Told>;
  extended(renewal: DataOf<'vault.locks-extended'>): Promise<void>;
  /** Once for each doubt that stands. */
  doubted(says: string): Promise<void>;
  /** What the vault holds and is damaged, as it stands now: once for each change. */
  damaged(damage: DataOf<'vault.damage-reported'>): Promise<void>;
  /** What it found wrong at the vaults that it copies from, as it stands now: once for each change. */
  pulled(found: DataOf<'vault.pull-found'>): Promise<void>;
  swept(swept: Swept): Promise<void>;
  /** What may be removed at this time, and what nobody wants removed any more. A Fault when the ledger is not here. */
  approved(at: number): { readonly now: ReadonlySet<string>; readonly declined: ReadonlySet<string> };
  /** For marking: approved, whatever its waiting time. */
  approval(prune: string): Approval;
  /** Snapshots of projects that a legal hold keeps, and those projects by name. */
  onHold(): ReadonlySet<string>;
  /** Nothing is removed at all. */
  isPaused(): boolean;
}

export function ledgerRecords(engine: EngineClient, id: VaultId): LedgerRecords {
  async function record<K extends 'vault.accepted' | 'vault.refused' | 'vault.grew' | 'vault.locks-extended'>(
    kind: K,
    data: DataOf<K>,
  ): Promise<void> {
    // Kind and data belong together by the signature.
    await engine.record([{ kind, stream: 'facility', by: BY, about: { vault: id }, data } as unknown as Draft]);
  }

  function here(): State {
    if (engine.lease() <= performance.now())
      throw new Fault('no-ledger', 'the ledger is not here now: nothing is removed without it', { retry: true });
    return engine.state();
  }

  const ours = (state: State): readonly Prune[] => [...state.backups.prunes.values()].filter((one) => one.vault === id);

  return {
    async accepted(rows, onKept) {
      for (let at = 0; at < rows.length; at += ROWS_MAX) {
        const some = rows.slice(at, at + ROWS_MAX);
        await record('vault.accepted', { rows: some });
        onKept(some.at(-1)?.n ?? 0);
      }
    },
    refused: (refusal) => record('vault.refused', refusal),
    async grew(rows, at, told) {
      const day = Math.floor(at / DAY_MS);
      const next: Record<string, number> = {};
      for (const row of rows) {
        if (told[row.client] !== day) await record('vault.grew', row);
        next[row.client] = day;
      }
      return next;
    },
    extended: (renewal) => record('vault.locks-extended', renewal),
    async doubted(says) {
      if (here().backups.vaults.get(id)?.clockDoubt !== undefined) return;
      await engine.command({ kind: 'doubt-vault-clock', vault: id, says }, BY);
    },
    async damaged({ objects, count }) {
      const known = here().backups.vaults.get(id)?.damage;
      const isKnown =
        known === undefined ? count === 0 : known.count === count && known.objects.join() === objects.join();
      if (!isKnown) await engine.command({ kind: 'report-vault-damage', vault: id, objects: [...objects], count }, BY);
    },
    async pulled({ count, findings }) {
      const { count: known = 0, findings: before = [] } = here().backups.vaults.get(id)?.pullFound ?? {};
      if (known === count && JSON.stringify(before) === JSON.stringify(findings)) return;
      await engine.command({ kind: 'report-pull-findings', vault: id, count, findings: [...findings] }, BY);
    },
    async swept({ prune, objects, bytes }) {
      const known = ours(here()).find((one) => one.id === prune);
      if (known?.standing !== 'approved') return;
      await engine.command({ kind: 'record-prune', prune: known.id, objects, bytes }, BY);
    },
    approved(at) {
      const state = here();
      const { declined = [], approved = [] } = Object.groupBy(ours(state), ({ standing }) => standing);
      const now = isPrunePaused(state)
        ? []
        : approved.filter((one) => at >= (one.notBefore ?? Infinity) && !isKept(state, one));
      return { now: new Set(now.map((one) => one.id)), declined: new Set(declined.map((one) => one.id)) };
    },
    approval(prune) {
      const state = here();
      const known = ours(state).find((one) => one.id === prune);
      if (known?.standing !== 'approved' || isPrunePaused(state) || isKept(state, known))
        throw new Fault('not-approved', 'two people have not approved this removal here, or an alarm or a hold stands');
      const { snapshots, bytes, list } = known;
      return { prune, snapshots, bytes, onHold: heldIn(state), ...(list === undefined ? {} : { list }) };
    },
    onHold: () => heldIn(here()),
    isPaused: () => isPrunePaused(here()),
  };
}

/** A repository is told by its snapshots; by its name where somebody gave it the project's. */
function heldIn({ backups }: State): ReadonlySet<string> {
  const projects = new Set(backups.holds.valueSeq().map(({ project }) => project));
  if (projects.size === 0) return projects;
  const of = [...backups.taken.values()].filter(({ project }) => projects.has(project));
  return new Set<string>([...projects, ...of.flatMap(({ taken }) => taken?.snapshot ?? [])]);
}

/** A legal hold that came after the approval stops it too. */
function isKept(state: State, { snapshots }: Prune): boolean {
  const named = new Set<string>(snapshots);
  return state.backups.taken.some(
    ({ taken, project }) => taken !== undefined && named.has(taken.snapshot) && isHeld(state, project),
  );
}
