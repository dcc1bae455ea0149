/**
 * One change of the network's model as a caller sends it. Ids of new things may be left out, then the server makes them; a caller who
 * names them can refer to a new thing from a later change of the same batch.
 */
import { z } from 'zod';
import { command } from '#model/command-shape.ts';
import { id, reason } from '#model/events.ts';
import { invariantExceptionData } from '#model/network-change.ts';
import { exposureData, flowData, hostData, serviceData, zoneData } from '#model/network-shapes.ts';

export const networkEdit = z.discriminatedUnion('kind', [
  command('add-zone', { zone: id('zone').optional(), ...zoneData.shape }),
  command('change-zone', { zone: id('zone'), ...zoneData.shape }),
  command('remove-zone', { zone: id('zone') }),
  command('add-host', { host: id('host').optional(), zone: id('zone'), ...hostData.shape }),
  command('change-host', { host: id('host'), zone: id('zone'), ...hostData.shape }),
  command('remove-host', { host: id('host') }),
  command('define-service', { service: id('service').optional(), ...serviceData.shape }),
  command('retire-service', { service: id('service') }),
  command('add-flow', { flow: id('flow').optional(), service: id('service'), ...flowData.shape }),
  command('remove-flow', { flow: id('flow'), reason: reason.optional() }),
  command('add-exposure', {
    exposure: id('exposure').optional(),
    host: id('host'),
    service: id('service'),
    ...exposureData.shape,
  }),
  command('remove-exposure', { exposure: id('exposure'), reason: reason.optional() }),
  command('except-invariant', { exception: id('exception').optional(), ...invariantExceptionData }),
]);
export type NetworkEdit = z.infer<typeof networkEdit>;

/** Changes of one batch: all of them are made, or none. */
export const EDITS_MAX = 2000;
export const networkEdits = z.array(networkEdit).min(1).max(EDITS_MAX);
