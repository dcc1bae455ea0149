/** The drawn facility as it should be: its general storage holds no enclave's title. */
import { ask } from '#model/drawn-world.ts';
import { drawFacility } from '#plan/network/test-facility.ts';
import type { DrawnFacility, FacilitySize } from '#plan/network/test-facility.ts';

export function drawSound(size: FacilitySize): DrawnFacility {
  const facility = drawFacility(size);
  const { world } = facility;
  const { zones, hosts } = world.state;
  const kept = new Set([...zones.values()].map(({ project }) => project));
  for (const { id, ...data } of hosts.values()) {
    if (data.projects === undefined || zones.get(data.zone)?.project !== undefined) continue;
    const projects = data.projects.filter((project) => !kept.has(project));
    ask(world, { kind: 'change-host', host: id, ...data, addresses: [...data.addresses], projects });
  }
  return facility;
}
