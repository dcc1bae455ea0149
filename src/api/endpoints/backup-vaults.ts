/** Vaults: where copies lie and who can undo their locks; removals of what has had its time, which take two people and a week. */
import { z } from 'zod';
import { vaultData } from '#model/backup-shapes.ts';
import { hash, id, reason, time } from '#model/entry-shapes.ts';
import { REMOVAL_SNAPSHOTS_MAX, removalFacts } from '#model/removal-list.ts';
import { get, post, put } from '#api/endpoints/endpoint.ts';
import { done, reasonBody } from '#api/endpoints/parts.ts';
import { projectRef } from '#api/endpoints/views.ts';

const vaultParam = z.strictObject({ vault: id('vault') });
const pruneParam = z.strictObject({ prune: id('prune') });

export const PRUNE_SNAPSHOTS_MAX = REMOVAL_SNAPSHOTS_MAX;

export const backupVaultEndpoints = {
  'enrol-vault': post('/vaults', {
    summary: 'Makes a vault known: where it is, and how strong its locks are.',
    needs: 'backup.configure',
    scope: 'facility',
    body: vaultData,
    response: done.extend({ vault: id('vault') }),
  }),
  'change-vault': put('/vaults/:vault', {
    summary: 'Replaces everything that is said of a vault; locks are never shortened or weakened.',
    needs: 'backup.configure',
    scope: 'facility',
    params: vaultParam,
    body: vaultData,
    response: done,
  }),
  'retire-vault': post('/vaults/:vault/retire', {
    summary: 'No more copies go there; what lies there stays locked as it was promised.',
    needs: 'backup.configure',
    scope: 'facility',
    params: vaultParam,
    body: reasonBody,
    response: done,
  }),
  'open-vault-window': post('/vaults/:vault/window', {
    summary: 'Lets the vault take new keys and a new repository for a short while.',
    needs: 'backup.configure',
    scope: 'facility',
    params: vaultParam,
    body: z.strictObject({ until: time, reason }),
    response: done,
  }),
  'trust-vault-clock': post('/vaults/:vault/trust-clock', {
    summary: 'Says that the vault’s clock was looked at and is right: expiry goes on.',
    needs: 'backup.configure',
    scope: 'facility',
    params: vaultParam,
    response: done,
  }),
  'removable-backups': get('/vaults/:vault/removable', {
    summary: 'Snapshots there that have had their time: kept long enough, no lock, no hold, not the newest.',
    needs: 'backup.see',
    scope: 'facility',
    params: vaultParam,
    response: z.strictObject({
      snapshots: z.array(
        z.strictObject({
          backup: id('backup'),
          snapshot: hash,
          project: projectRef,
          showsAt: time,
          addedBytes: z.int(),
        }),
      ),
      /** Beyond those shown. */
      more: z.int(),
    }),
  }),
  'ask-prune': post('/vaults/:vault/prunes', {
    summary:
      'Asks to remove snapshots, by the list of what goes with them; somebody else approves, and nothing is removed for a week after that.',
    needs: 'prune.ask',
    scope: 'facility',
    params: vaultParam,
    /** The first line of what `backup removal-list` wrote: the vault carries out that list and no other. */
    body: z.strictObject({ list: removalFacts, reason }),
    response: done.extend({ prune: id('prune') }),
  }),
  'approve-prune': post('/prunes/:prune/approve', {
    summary: 'Approves a removal that somebody else asked for.',
    needs: 'prune.approve',
    scope: 'facility',
    params: pruneParam,
    response: done,
  }),
  'decline-prune': post('/prunes/:prune/decline', {
    summary: 'Declines a removal, also after its approval, until it is carried out.',
    needs: 'prune.approve',
    scope: 'facility',
    params: pruneParam,
    body: reasonBody,
    response: done,
  }),
} as const;
