/** The three presets as worlds, made by the real commands: what golden texts and drawings are taken of. */
import { addProject, ask, drawWorld, newId } from '#model/drawn-world.ts';
import type { DrawnWorld } from '#model/drawn-world.ts';
import { planImport } from '#plan/facility-file/plan-import.ts';
import { preset } from '#plan/presets/preset.ts';
import { assert } from '#std/assert.ts';

export function drawPreset(size: 'small' | 'mid' | 'large'): DrawnWorld {
  const world = drawWorld();
  addProject(world, 'nightjar', 'high-security');
  addProject(world, 'saltmarsh', 'high-security');
  const enclaves = size === 'large' ? ['nightjar', 'saltmarsh'] : [];
  const made = preset({ size, network: '10.20.0.0/16', network6: 'fd20:1:2::/48', enclaves, at: world.at });
  assert(made.kind === 'ok', 'a preset is made of good networks');
  const makeId: Parameters<typeof planImport>[2]['makeId'] = (kind) => newId(world, kind);
  const { changes } = planImport(world.state, made.value, { at: world.at, makeId, me: world.owner });
  ask(world, { kind: 'import-network', changes: [...changes] });
  return world;
}
