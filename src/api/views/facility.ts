/** The facility's own records: settings, roles, zones, hosts, exceptions. */
import type { FacilityView, HostView, RoleView, ZoneView } from '#api/endpoints/views.ts';
import type { Viewer } from '#api/views/viewer.ts';
import type { Exception, Facility, Host, Role, Zone } from '#model/state.ts';

export function facilityView(facility: Facility): FacilityView {
  return { ...facility, extraFileTypes: [...facility.extraFileTypes] };
}

export function roleView({ id, title, scope, grants, builtIn, retired }: Role): RoleView {
  return { id, title, scope, grants: [...grants], builtIn, retired };
}

export function zoneView(zone: Zone): ZoneView {
  return { ...zone };
}

export function hostView(host: Host): HostView {
  return { ...host };
}

export function exceptionView(viewer: Viewer, { id, rule, reason, until, person, by }: Exception) {
  return {
    id,
    rule,
    reason,
    until,
    ...(person === undefined ? {} : { person: viewer.person(person) }),
    ...(by === undefined ? {} : { by: viewer.person(by) }),
  };
}
