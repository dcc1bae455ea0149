/** Vaults, and the removal of what has had its time. */
import { PRUNE_SNAPSHOTS_MAX } from '#api/endpoints/backup-vaults.ts';
import { unknown } from '#api/find.ts';
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { removable } from '#api/views/backup-removable.ts';
import { Viewer } from '#api/views/viewer.ts';
import { isRefused, ok } from '#std/refused.ts';

export const backupVaultHandlers = {
  'enrol-vault': async (context, { caller, input }) => {
    const vault = newId(context, 'vault');
    const enrolled = await act(context, caller, { kind: 'enrol-vault', vault, ...input.body });
    return isRefused(enrolled) ? enrolled : ok({ ...enrolled.value, vault });
  },
  'change-vault': (context, { caller, input }) =>
    act(context, caller, { kind: 'change-vault', vault: input.params.vault, ...input.body }),
  'retire-vault': (context, { caller, input }) =>
    act(context, caller, { kind: 'retire-vault', vault: input.params.vault, ...input.body }),
  'open-vault-window': (context, { caller, input }) =>
    act(context, caller, { kind: 'open-vault-window', vault: input.params.vault, ...input.body }),
  'trust-vault-clock': (context, { caller, input }) =>
    act(context, caller, { kind: 'trust-vault-clock', vault: input.params.vault }),
  'removable-backups': (context, { caller, input }) => {
    const viewer = new Viewer(context, caller);
    if (!viewer.state.backups.vaults.has(input.params.vault)) return unknown('vault');
    const all = removable(viewer.state, input.params.vault, viewer.at);
    const shown = all.slice(0, PRUNE_SNAPSHOTS_MAX);
    return ok({
      snapshots: shown.map(({ project, ...rest }) => ({ ...rest, project: viewer.project(project) })),
      more: all.length - shown.length,
    });
  },
  'ask-prune': async (context, { caller, input }) => {
    const prune = newId(context, 'prune');
    const { vault } = input.params;
    const { reason, list } = input.body;
    const { snapshots, bytes, client, objectsSha256, beside, objects } = list;
    const bound = { client, objectsSha256, beside, objects };
    const asked = await act(context, caller, {
      kind: 'ask-prune',
      prune,
      vault,
      snapshots,
      bytes,
      reason,
      list: bound,
    });
    return isRefused(asked) ? asked : ok({ ...asked.value, prune });
  },
  'approve-prune': (context, { caller, input }) =>
    act(context, caller, { kind: 'approve-prune', prune: input.params.prune }),
  'decline-prune': (context, { caller, input }) =>
    act(context, caller, { kind: 'decline-prune', prune: input.params.prune, ...input.body }),
} satisfies Handlers;
