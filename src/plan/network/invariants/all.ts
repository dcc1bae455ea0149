/** The fourteen, in their order. */
import { brokerPaths } from '#plan/network/invariants/broker-paths.ts';
import { contentPath } from '#plan/network/invariants/content-path.ts';
import { defaultDeny } from '#plan/network/invariants/default-deny.ts';
import { enclaves } from '#plan/network/invariants/enclaves.ts';
import type { Invariant } from '#plan/network/invariants/invariant.ts';
import { inventory } from '#plan/network/invariants/inventory.ts';
import { managementPlanes } from '#plan/network/invariants/management-planes.ts';
import { noInternet } from '#plan/network/invariants/no-internet.ts';
import { observed } from '#plan/network/invariants/observed.ts';
import { oldServices } from '#plan/network/invariants/old-services.ts';
import { oneZone } from '#plan/network/invariants/one-zone.ts';
import { reviewedRules } from '#plan/network/invariants/reviewed-rules.ts';
import { trust } from '#plan/network/invariants/trust.ts';
import { vaultPull } from '#plan/network/invariants/vault-pull.ts';
import { visitors } from '#plan/network/invariants/visitors.ts';

export const INVARIANTS: readonly Invariant[] = [
  defaultDeny,
  inventory,
  trust,
  noInternet,
  contentPath,
  oneZone,
  brokerPaths,
  oldServices,
  managementPlanes,
  visitors,
  vaultPull,
  reviewedRules,
  enclaves,
  observed,
];
