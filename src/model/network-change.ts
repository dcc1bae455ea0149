/** The changes that one import of a described facility is made of, each of which is a command of its own as well. */
import { command } from '#model/command-shape.ts';
import { z } from 'zod';
import { id, reason, time } from '#model/events.ts';
import { policyTest } from '#model/facility-file.ts';
import { exposureData, flowData, hostData, invariantId, serviceData, zoneData } from '#model/network-shapes.ts';

/** Changes that one import of a described facility can hold; they go to the ledger as one batch. */
export const NETWORK_CHANGES_MAX = 4000;

/** What an exception lifts, and for which one thing. */
export const invariantExceptionData = {
  invariant: invariantId,
  flow: id('flow').optional(),
  exposure: id('exposure').optional(),
  host: id('host').optional(),
  zone: id('zone').optional(),
  owner: id('person'),
  reason,
  until: time,
};

/** Each is a command of its own as well. */
export const networkCommands = [
  command('add-zone', { zone: id('zone'), ...zoneData.shape }),
  /** Replaces everything that is said of the zone. */
  command('change-zone', { zone: id('zone'), ...zoneData.shape }),
  command('remove-zone', { zone: id('zone') }),
  command('add-host', { host: id('host'), zone: id('zone'), ...hostData.shape }),
  /** Replaces everything that is said of the host, its zone included. */
  command('change-host', { host: id('host'), zone: id('zone'), ...hostData.shape }),
  command('remove-host', { host: id('host') }),
  command('define-service', { service: id('service'), ...serviceData.shape }),
  command('retire-service', { service: id('service') }),
  command('add-flow', { flow: id('flow'), service: id('service'), ...flowData.shape }),
  command('review-flow', { flow: id('flow'), reviewBy: time }),
  command('remove-flow', { flow: id('flow'), reason: reason.optional() }),
  command('add-exposure', {
    exposure: id('exposure'),
    host: id('host'),
    service: id('service'),
    ...exposureData.shape,
  }),
  command('review-exposure', { exposure: id('exposure'), reviewBy: time }),
  command('remove-exposure', { exposure: id('exposure'), reason: reason.optional() }),
  /** Lifts one invariant for one flow, exposure, host or zone; without any of them nothing is lifted. */
  command('except-invariant', { exception: id('exception'), ...invariantExceptionData }),
  command('end-invariant-exception', { exception: id('exception') }),
] as const;

/** What one import changes. */
export const networkChange = z.discriminatedUnion('kind', [
  ...networkCommands,
  command('keep-policy-test', { test: policyTest }),
  command('drop-policy-test', { test: policyTest }),
]);
export type NetworkChange = z.infer<typeof networkChange>;
