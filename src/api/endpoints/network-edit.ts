/**
 * One change of the network's model as a caller sends it. Ids of new things may be left out, then the server makes them; a caller who
 * names them can refer to a new thing from a later change of the same batch.
 */
import { z } from 'zod';
import { id, reason, time } from '#model/events.ts';
import { exposureData, flowData, hostData, invariantId, serviceData, zoneData } from '#model/network-shapes.ts';

function edit<Name extends string, Shape extends z.core.$ZodLooseShape>(kind: Name, shape: Shape) {
  return z.strictObject({ kind: z.literal(kind), ...shape });
}

/** What an exception lifts, and for which one thing. */
export const invariantExceptionBody = {
  invariant: invariantId,
  flow: id('flow').optional(),
  exposure: id('exposure').optional(),
  host: id('host').optional(),
  zone: id('zone').optional(),
  owner: id('person'),
  reason,
  until: time,
};

export const networkEdit = z.discriminatedUnion('kind', [
  edit('add-zone', { zone: id('zone').optional(), ...zoneData.shape }),
  edit('change-zone', { zone: id('zone'), ...zoneData.shape }),
  edit('remove-zone', { zone: id('zone') }),
  edit('add-host', { host: id('host').optional(), zone: id('zone'), ...hostData.shape }),
  edit('change-host', { host: id('host'), zone: id('zone'), ...hostData.shape }),
  edit('remove-host', { host: id('host') }),
  edit('define-service', { service: id('service').optional(), ...serviceData.shape }),
  edit('retire-service', { service: id('service') }),
  edit('add-flow', { flow: id('flow').optional(), service: id('service'), ...flowData.shape }),
  edit('remove-flow', { flow: id('flow'), reason: reason.optional() }),
  edit('add-exposure', {
    exposure: id('exposure').optional(),
    host: id('host'),
    service: id('service'),
    ...exposureData.shape,
  }),
  edit('remove-exposure', { exposure: id('exposure'), reason: reason.optional() }),
  edit('except-invariant', { exception: id('exception').optional(), ...invariantExceptionBody }),
]);
export type NetworkEdit = z.infer<typeof networkEdit>;

/** Changes of one batch: all of them are made, or none. */
export const EDITS_MAX = 2000;
export const networkEdits = z.array(networkEdit).min(1).max(EDITS_MAX);
