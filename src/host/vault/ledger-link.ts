/**
 * The vault and the ledger. Receipts go out in the order of arrival, each at least once, also those of a time when the engine was away; what two
 * people approved comes in. Without a ledger that is here now nothing is removed; everything else goes on.
 */
import { hash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataOf, Draft } from '#model/events.ts';
import { isHeld } from '#model/backup.ts';
import { isPrunePaused } from '#model/recovery-proof.ts';
import type { Prune, State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { VaultId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';
import type { Approval, Swept } from '#vault/server/removals.ts';
import type { Held } from '#vault/server/holdings.ts';
import type { Vault } from '#vault/server/vault.ts';

const ROWS_MAX = 200;
const BY = { service: 'gate-backup' };
/** Kinds of refusal that wait to be told; more of them are left out. */
const REFUSALS_MAX = 1000;

export interface LedgerLink {
  /** Sends what was not sent yet; how many rows. */
  sendReceipts(): Promise<number>;
  noteRefusal(client: string, code: string, object: string): void;
  sendRefusals(): Promise<void>;
  sendDoubt(says: string): Promise<void>;
  sendRenewal(objects: number, lockedUntil: number): Promise<void>;
  sendSwept(swept: Swept): Promise<void>;
  /** What may be removed at this vault time, and what nobody wants removed any more. A Fault when the ledger is not here. */
  approved(at: number): { readonly now: ReadonlySet<string>; readonly declined: ReadonlySet<string> };
  /** For marking: approved, whatever its waiting time. */
  approval(prune: string): Approval;
}

const progress = z.strictObject({ sentTo: z.int().min(0) });
type Row = DataOf<'vault.accepted'>['rows'][number];

export function linkLedger(vault: Vault, engine: EngineClient, id: VaultId, folder: string): LedgerLink {
  const path = join(folder, 'receipts.json');
  let sentTo = readProgress(path);
  const refusals = new Map<string, { client: string; code: string; object: string; times: number }>();

  async function sendReceipts(): Promise<number> {
    if (vault.holdings.n === sentTo) return 0;
    const upTo = vault.holdings.n;
    const rows = [...vault.holdings.after(sentTo)];
    for (let at = 0; at < rows.length; at += ROWS_MAX) {
      const some = rows.slice(at, at + ROWS_MAX);
      await record('vault.accepted', { rows: some.map((held) => rowOf(vault, held)) });
      keep(some.at(-1)?.n ?? sentTo);
    }
    keep(upTo);
    return rows.length;
  }

  function keep(n: number): void {
    sentTo = n;
    writeFileSync(`${path}.new`, JSON.stringify({ sentTo }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  async function record<K extends 'vault.accepted' | 'vault.refused' | 'vault.locks-extended'>(
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
    sendReceipts,
    noteRefusal(client, code, object) {
      const key = `${client} ${code}`;
      const known = refusals.get(key);
      if (known !== undefined) known.times += 1;
      else if (refusals.size < REFUSALS_MAX)
        refusals.set(key, { client: client === '' ? 'unknown' : client, code, object, times: 1 });
    },
    async sendRefusals() {
      for (const [key, refusal] of refusals) {
        refusals.delete(key);
        await record('vault.refused', refusal);
      }
    },
    async sendDoubt(says) {
      if (here().backups.vaults.get(id)?.clockDoubt !== undefined) return;
      await engine.command({ kind: 'doubt-vault-clock', vault: id, says }, BY);
    },
    async sendRenewal(objects, lockedUntil) {
      await record('vault.locks-extended', { objects, lockedUntil, objectsSha256: hashOfNames(vault) });
    },
    async sendSwept({ prune, objects, bytes }) {
      const known = ours(here()).find((one) => one.id === prune);
      if (known === undefined) return;
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
      return { prune, snapshots: known.snapshots, bytes: known.bytes };
    },
  };
}

/** A legal hold that came after the approval stops it too. */
function isKept(state: State, { snapshots }: Prune): boolean {
  const named = new Set<string>(snapshots);
  return state.backups.taken.some(
    ({ taken, project }) => taken !== undefined && named.has(taken.snapshot) && isHeld(state, project),
  );
}

function rowOf({ holdings }: Vault, held: Held): Row {
  const { object, bytes, n, arrivedAt: at, client } = held;
  // The holdings have no lock files.
  const type = held.type as Row['type'];
  return {
    type,
    object: object === '' ? 'config' : object,
    bytes,
    n,
    at,
    client,
    lockedUntil: holdings.lockedUntil(held),
  };
}

function hashOfNames({ holdings }: Vault): string {
  const names = [...holdings.all()]
    .filter(({ mark }) => mark === undefined)
    .map(({ client, type, object, bytes }) => `${client}/${type}/${object} ${bytes}\n`);
  return hash('sha256', names.sort().join(''), 'hex');
}

function readProgress(path: string): number {
  try {
    return progress.parse(JSON.parse(readFileSync(path, 'utf8'))).sentTo;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 0; // an error of Node's file functions
    throw cause;
  }
}
