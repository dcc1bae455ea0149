/** Every entry about the network beyond its zones and hosts. */
import { z } from 'zod';
import { activity, none, state } from '#model/entry-kind.ts';
import { because, id, reason, time } from '#model/entry-shapes.ts';
import { policyTest } from '#model/facility-file.ts';
import {
  applyData,
  deniedRow,
  exposureData,
  findingData,
  flowData,
  invariantId,
  networkMode,
  pathData,
  quarantineScope,
  serviceData,
} from '#model/network-shapes.ts';

export const NETWORK_KINDS = {
  'service.defined': state(serviceData),
  'service.retired': state(none),
  'flow.added': state(flowData),
  'flow.reviewed': state(z.strictObject({ reviewBy: time })),
  'flow.removed': state(z.strictObject({ reason: reason.optional() })),
  'exposure.added': state(exposureData),
  'exposure.reviewed': state(z.strictObject({ reviewBy: time })),
  'exposure.removed': state(z.strictObject({ reason: reason.optional() })),
  /** An invariant that one rule, host or zone may break for a while; `about` says which. */
  'invariant.excepted': state(
    z.strictObject({
      exception: id('exception'),
      invariant: invariantId,
      owner: id('person'),
      reason,
      until: time,
    }),
  ),
  'invariant.exception-ended': state(z.strictObject({ exception: id('exception') })),
  /** A policy test that every change of the network is held to from now on, and the end of one. */
  'network.test-kept': state(z.strictObject({ test: policyTest })),
  'network.test-dropped': state(z.strictObject({ test: policyTest })),
  'network.mode-changed': state(z.strictObject({ mode: networkMode, reason: reason.optional() })),
  'path.opened': state(pathData),
  /** The gateway has the path of a share in its rules. */
  'path.loaded': state(none),
  'path.closed': state(z.strictObject({ because })),
  'quarantine.ordered': state(z.strictObject({ scope: quarantineScope, reason })),
  'quarantine.release-asked': state(z.strictObject({ reason })),
  'quarantine.released': state(none),
  /** Rules were loaded, read back, and proved equal to the model. */
  'network.applied': state(applyData),
  'network.confirmed': state(none),
  /** The confirmation did not come, or the load failed half-way: the last proven rules stand again. */
  'network.rolled-back': state(z.strictObject({ why: z.string().max(300) })),
  'network.apply-asked': state(none),
  'network.found': state(findingData),
  'network.settled': state(z.strictObject({ key: z.string().max(200) })),
  'network.denied': activity(
    z.strictObject({
      from: time,
      until: time,
      rows: z.array(deniedRow).max(200),
      /** Packets that were refused beyond what the rows can hold, and those that the rules counted and no log told of. */
      others: z.int().min(0),
    }),
  ),
  'network.flows-seen': activity(
    z.strictObject({ from: time, until: time, rows: z.array(deniedRow).max(200), others: z.int().min(0) }),
  ),
} as const;
