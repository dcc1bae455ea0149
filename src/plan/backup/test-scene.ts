/** What tests about backups are drawn over: one project, and ids for a rack, a site and a policy. Vaults and policy are for each test to set. */
import { addProject, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import type { PolicyId, ProjectId, VaultId } from '#std/ids.ts';

export interface Scene {
  readonly world: DrawnWorld;
  readonly project: ProjectId;
  readonly policy: PolicyId;
  readonly rack: VaultId;
  readonly site: VaultId;
}

export function drawScene(alias = 'nightjar'): Scene {
  const world = drawWorld();
  const [rack, site, policy] = [newId(world, 'vault'), newId(world, 'vault'), newId(world, 'policy')];
  return { world, project: addProject(world, alias), policy, rack, site };
}
