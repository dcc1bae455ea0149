/** Whether a name is free, and what may be done when it is not. */
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import type { Place, Workspace } from '#ports/workspace.ts';
import { putInBin } from '#gates/files/bin.ts';
import type { FileAct, FilePorts } from '#gates/files/file-act.ts';
import { permitted } from '#gates/files/file-act.ts';

const NAME_TAKEN = refused(
  'name-taken',
  'Something with this name is there already.',
  'Choose another name, or replace it if you may.',
);
const PARENT_MISSING = refused('folder-missing', 'The folder for this file does not exist.', 'Make the folder first.');

/** A refusal when the place can hold nothing new: no folder above, the name taken, or a name that clashes with a sibling. `except` may clash. */
export function whyNotFree(workspace: Workspace, place: Place, except?: string): Refused | undefined {
  const name = place.at(-1) ?? '';
  const clash = workspace.clash(place.slice(0, -1), name);
  if (isRefused(clash)) return clash.code === 'not-found' ? PARENT_MISSING : clash;
  if (clash.value !== undefined && clash.value !== except) {
    return refused(
      'name-clash',
      `"${clash.value}" is there already, and differs only in letter case or accents' encoding: Macs and Windows cannot hold both.`,
      'Use the same spelling, or another name.',
    );
  }
  const there = workspace.stat(place);
  if (!isRefused(there)) return NAME_TAKEN;
  return there.code === 'not-found' ? undefined : there;
}

/** Makes room for a new file: with `replace` and the right to delete, what is there goes to the bin first. */
export async function clearTheWay(ports: FilePorts, act: FileAct, replace: boolean): Promise<Outcome<void>> {
  const taken = whyNotFree(act.workspace, act.place);
  if (taken === undefined) return ok(undefined);
  const there = act.workspace.stat(act.place);
  if (!replace || isRefused(there) || there.value.type !== 'file') return taken;
  const deletion = await permitted(ports, act.actor, 'file.delete', act.project.id, act.path);
  if (isRefused(deletion)) return deletion;
  const binned = await putInBin(ports, deletion.value, there.value);
  return isRefused(binned) ? binned : ok(undefined);
}
