/**
 * The vault and the ledger beside it. Receipts go out in the order of arrival, each at least once, also those of a time when the engine was away; what
 * two people approved comes in. Without a ledger that is here now nothing is removed; everything else goes on.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ledgerRecords } from '#host/vault/ledger-records.ts';
import type { LedgerRecords, Told } from '#host/vault/ledger-records.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { PullReport } from '#model/vault-report-shapes.ts';
import type { VaultId } from '#std/ids.ts';
import { damageOf, grownClients, receiptRow } from '#vault/server/following.ts';
import { hashOfNames } from '#vault/server/names-hash.ts';
import type { Client } from '#vault/server/admission.ts';
import type { Swept } from '#vault/server/removals.ts';
import type { Vault } from '#vault/server/vault.ts';

/** Kinds of refusal that wait to be told; more of them are left out. */
const REFUSALS_MAX = 1000;

export interface LedgerLink extends Pick<LedgerRecords, 'approved' | 'approval' | 'isPaused' | 'onHold'> {
  /** Sends what was not sent yet; how many rows. */
  sendReceipts(): Promise<number>;
  noteRefusal(client: string, code: string, object: string): void;
  sendRefusals(): Promise<void>;
  sendDoubt(says: string): Promise<void>;
  sendDamage(): Promise<void>;
  sendPulled(found: PullReport): Promise<void>;
  /** Clients that have grown much within a day, each once a day. */
  sendGrowth(clients: readonly Client[], at: number): Promise<void>;
  sendRenewal(objects: number, lockedUntil: number): Promise<void>;
  sendSwept(swept: Swept): Promise<void>;
}

const progress = z.strictObject({ sentTo: z.int().min(0) });

export function linkLedger(vault: Vault, engine: EngineClient, id: VaultId, folder: string): LedgerLink {
  const path = join(folder, 'receipts.json');
  const records = ledgerRecords(engine, id);
  const { accepted, refused, grew, extended, doubted, damaged, swept, approved, approval } = records;
  const { isPaused, onHold } = records;
  let sentTo = readProgress(path);
  let told: Told = {};
  const refusals = new Map<string, { client: string; code: string; object: string; times: number }>();

  function keep(n: number): void {
    sentTo = n;
    writeFileSync(`${path}.new`, JSON.stringify({ sentTo }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  return {
    async sendReceipts() {
      const { holdings } = vault;
      const upTo = holdings.n;
      if (upTo === sentTo) return 0;
      const rows = [...holdings.after(sentTo)].map((held) => receiptRow(holdings, held));
      await accepted(rows, keep);
      keep(upTo);
      return rows.length;
    },
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
        await refused(refusal);
      }
    },
    async sendGrowth(clients, at) {
      told = await grew(grownClients(vault.holdings, clients, at), at, told);
    },
    sendDoubt: doubted,
    sendDamage: () => damaged(damageOf(vault.holdings)),
    sendPulled: records.pulled,
    async sendRenewal(objects, lockedUntil) {
      await extended({ objects, lockedUntil, objectsSha256: await hashOfNames(vault.holdings, vault.unlocked()) });
    },
    sendSwept: swept,
    approved,
    approval,
    isPaused,
    onHold,
  };
}

function readProgress(path: string): number {
  try {
    return progress.parse(JSON.parse(readFileSync(path, 'utf8'))).sentTo;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return 0; // an error of Node's file functions
    throw cause;
  }
}
