/** Whose signatures the vault takes under a removal: a file beside its journal, written by the command line on the vault's own machine. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Approver } from '#vault/server/signed-removal.ts';
import { parseSshPublicKey } from '#vault/server/ssh-signature.ts';
import { Fault } from '#std/refused.ts';

const APPROVERS_MAX = 50;
const approver = z.strictObject({ name: z.string().min(1).max(80), key: z.string().max(1000) });
const file = z.strictObject({ approvers: z.array(approver).max(APPROVERS_MAX) });

export function readApprovers(folder: string): readonly Approver[] {
  try {
    return file.parse(JSON.parse(readFileSync(join(folder, 'approvers.json'), 'utf8'))).approvers;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []; // an error of Node's file functions
    throw cause;
  }
}

/** The key's fingerprint. One name may have two keys; one key has one name. */
export function addApprover(folder: string, name: string, key: string): string {
  const known = readApprovers(folder);
  const { fingerprint } = parseSshPublicKey(key);
  if (known.some((one) => parseSshPublicKey(one.key).fingerprint === fingerprint))
    throw new Fault('approver-exists', 'this key is here already; nothing was changed');
  write(folder, [...known, { name, key: key.trim() }]);
  return fingerprint;
}

export function removeApprover(folder: string, name: string): void {
  const known = readApprovers(folder);
  const left = known.filter((one) => one.name !== name);
  if (left.length === known.length) throw new Fault('no-such-approver', `nobody is called ${name} here`);
  write(folder, left);
}

function write(folder: string, approvers: readonly Approver[]): void {
  const path = join(folder, 'approvers.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(file.parse({ approvers }), null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
}
