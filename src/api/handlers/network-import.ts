/** The model as a file of names, presets to begin with, and machines read from other servers' records. */
import { zoneOf } from '#access/address.ts';
import { writeFacilityText } from '#api/facility-file/facility-text.ts';
import { weighText } from '#api/facility-file/weigh-import.ts';
import { byOf } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import type { DeviceView } from '#api/endpoints/network-import.ts';
import type { Handlers } from '#api/handler.ts';
import { act, newId } from '#api/handler.ts';
import { importView } from '#api/views/import.ts';
import { defined, Viewer, viewerAt } from '#api/views/viewer.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import type { State } from '#model/state.ts';
import type { Reader } from '#plan/facility-file/names.ts';
import { renderFile } from '#plan/facility-file/render-file.ts';
import { propose } from '#plan/guided-start/propose.ts';
import { readLeases } from '#plan/guided-start/read-leases.ts';
import { preset } from '#plan/presets/preset.ts';
import { canonicalAddress } from '#std/address.ts';
import { isRefused, ok } from '#std/refused.ts';

const DEVICES_MAX = 2000;

export const networkImportHandlers = {
  'facility-file': async (context, { caller, input }) => {
    const { state } = await viewerAt(context, caller, input.query.at);
    return ok({ text: writeFacilityText(renderFile(state)) });
  },
  'import-facility-file': async (context, { caller, input }) => {
    const viewer = new Viewer(context, caller);
    const weighed = weighText(viewer.state, input.body.text, readerOf(context, caller, viewer.at), byOf(caller));
    const view = importView(viewer, weighed, byOf(caller));
    const isReady = view.troubles.length === 0 && view.refused === undefined && view.changeCount > 0;
    if (input.body.dryRun || !isReady) return ok(view);
    const made = await act(context, caller, { kind: 'import-network', changes: [...weighed.changes] });
    return isRefused(made) ? made : ok({ ...view, entries: made.value.entries });
  },
  'network-preset': (context, { input }) => {
    const file = preset({ ...input.body, owner: 'me', at: context.clock.now() });
    return isRefused(file) ? file : ok({ text: writeFacilityText(file.value) });
  },
  'read-devices': (context, { input }) => {
    const { format, found, troubles } = readLeases(input.body.text);
    const devices = devicesOf(context.engine.state(), propose(found, ''));
    return ok({
      ...(format === undefined ? {} : { format }),
      devices: devices.slice(0, DEVICES_MAX),
      troubles: troubles.map((trouble) => ({ ...trouble })),
    });
  },
} satisfies Handlers;

/** Files name people by id, by mail address, or as `me`. */
function readerOf(context: ApiContext, caller: Caller, at: number): Reader {
  return {
    at,
    makeId: (kind) => newId(context, kind),
    me: caller.person,
    person: (text) => context.mails.find(context.engine.state(), text)?.id,
  };
}

function devicesOf(state: State, hosts: NonNullable<FacilityFile['hosts']>): DeviceView[] {
  const known = new Map<string, string>();
  for (const { name, addresses } of state.hosts.values())
    for (const address of addresses) known.set(canonicalAddress(address) ?? address, name);
  return Object.entries(hosts).map(([name, { addresses = [], macs = [], role = 'other', purpose = '' }]) =>
    defined<DeviceView>({
      name,
      addresses: [...addresses],
      macs: [...macs],
      role,
      because: purpose,
      zone: zoneOf(state, addresses[0] ?? ''),
      known: addresses.map((address) => known.get(address)).find((one) => one !== undefined),
    }),
  );
}
