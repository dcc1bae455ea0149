/** The vault's clients: a file beside its journal, written by the command line on the vault's own machine, read anew when it changed. */
import { hash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Client } from '#vault/server/admission.ts';
import { Fault } from '#std/refused.ts';

const CLIENTS_MAX = 1000;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const clientRow = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,38}$/, 'a client is named by small letters, digits and hyphens'),
  tokenSha256: sha256.optional(),
  certificateSha256: sha256.optional(),
  quotaBytes: z.int().min(0),
  lockDays: z.int().min(1).max(3650),
  reads: z.boolean(),
  follows: z.boolean().optional(),
  pulls: z.array(z.string().max(40)).max(CLIENTS_MAX).optional(),
  isPulled: z.boolean().optional(),
});
const file = z.strictObject({ clients: z.array(clientRow).max(CLIENTS_MAX) });

export interface ClientBook {
  all(): readonly Client[];
  add(client: Client): void;
  /** Quotas move both ways; locks get longer, never shorter. */
  change(name: string, to: Partial<Pick<Client, 'quotaBytes' | 'lockDays' | 'reads' | 'tokenSha256'>>): Client;
}

export function openClientBook(folder: string): ClientBook {
  const path = join(folder, 'clients.json');
  let known: readonly Client[] = [];
  let seen = '';

  function all(): readonly Client[] {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    const now = stats === undefined ? 'none' : `${stats.ino}-${stats.mtimeNs}-${stats.size}`;
    if (now === seen) return known;
    known = stats === undefined ? [] : read(path);
    seen = now;
    return known;
  }

  function write(clients: readonly Client[]): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const text = JSON.stringify(file.parse({ clients }), null, 2);
    writeFileSync(`${path}.new`, `${text}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }

  return {
    all,
    add(client) {
      if (all().some(({ name }) => name === client.name))
        throw new Fault('client-exists', `a client ${client.name} is here already; nothing was changed`);
      write([...all(), client]);
    },
    change(name, to) {
      const client = all().find((one) => one.name === name);
      if (client === undefined) throw new Fault('no-such-client', `there is no client ${name}`);
      if (to.lockDays !== undefined && to.lockDays < client.lockDays)
        throw new Fault('locks-only-longer', `locks of ${name} last ${client.lockDays} days and never get shorter`);
      const changed = { ...client, ...to };
      write(all().map((one) => (one.name === name ? changed : one)));
      return changed;
    },
  };
}

/** Absent keys stay absent. */
function read(path: string): readonly Client[] {
  return file
    .parse(JSON.parse(readFileSync(path, 'utf8')))
    .clients.map(({ tokenSha256, certificateSha256, follows, pulls, isPulled, ...rest }) => ({
      ...rest,
      ...(follows === true ? { follows } : {}),
      ...(pulls === undefined ? {} : { pulls }),
      ...(isPulled === undefined ? {} : { isPulled }),
      ...(tokenSha256 === undefined ? {} : { tokenSha256 }),
      ...(certificateSha256 === undefined ? {} : { certificateSha256 }),
    }));
}

export function hashOfToken(token: string): string {
  return hash('sha256', token, 'hex');
}
