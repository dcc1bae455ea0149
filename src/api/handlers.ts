/** Every endpoint's handler. The types see to it that none is missing and that each fits its row of the table. */
import type { EndpointName, Endpoints } from '#api/endpoints.ts';
import type { Handler, OpenHandler } from '#api/handler.ts';
import { backupClosingHandlers } from '#api/handlers/backup-closing.ts';
import { backupHandlers } from '#api/handlers/backups.ts';
import { backupProofHandlers } from '#api/handlers/backup-proof.ts';
import { backupVaultHandlers } from '#api/handlers/backup-vaults.ts';
import { credentialHandlers } from '#api/handlers/credentials.ts';
import { decisionHandlers } from '#api/handlers/decision.ts';
import { engagementHandlers } from '#api/handlers/engagements.ts';
import { facilityHandlers } from '#api/handlers/facility.ts';
import { fileHandlers } from '#api/handlers/files.ts';
import { joiningHandlers, openJoiningHandlers } from '#api/handlers/joining.ts';
import { ledgerHandlers } from '#api/handlers/ledger.ts';
import { meHandlers } from '#api/handlers/me.ts';
import { networkHandlers } from '#api/handlers/network.ts';
import { networkBlastHandlers } from '#api/handlers/network-blast.ts';
import { networkEnforcementHandlers } from '#api/handlers/network-enforcement.ts';
import { networkImportHandlers } from '#api/handlers/network-import.ts';
import { networkMapHandlers } from '#api/handlers/network-map.ts';
import { networkProofHandlers } from '#api/handlers/network-proof.ts';
import { networkReachHandlers } from '#api/handlers/network-reach.ts';
import { peopleHandlers } from '#api/handlers/people.ts';
import { projectHandlers } from '#api/handlers/projects.ts';
import { quarantineHandlers } from '#api/handlers/quarantine.ts';
import { requestHandlers } from '#api/handlers/requests.ts';
import { shareHandlers } from '#api/handlers/shares.ts';
import { openSignInHandlers, signInHandlers } from '#api/handlers/sign-in.ts';
import { todayHandlers } from '#api/handlers/today.ts';

export const openHandlers = { ...openSignInHandlers, ...openJoiningHandlers };

const signedInHandlers = {
  ...backupClosingHandlers,
  ...backupHandlers,
  ...backupProofHandlers,
  ...backupVaultHandlers,
  ...credentialHandlers,
  ...decisionHandlers,
  ...engagementHandlers,
  ...facilityHandlers,
  ...fileHandlers,
  ...joiningHandlers,
  ...ledgerHandlers,
  ...meHandlers,
  ...networkHandlers,
  ...networkBlastHandlers,
  ...networkEnforcementHandlers,
  ...networkImportHandlers,
  ...networkMapHandlers,
  ...networkProofHandlers,
  ...networkReachHandlers,
  ...peopleHandlers,
  ...projectHandlers,
  ...quarantineHandlers,
  ...requestHandlers,
  ...shareHandlers,
  ...signInHandlers,
  ...todayHandlers,
};

/** Answered with bytes or events, not with JSON from a handler (see app.ts). */
export type StreamName = 'events' | 'export-bundle' | 'verify-bundle';
export type OpenName = keyof typeof openHandlers;
export type SignedInName = Exclude<EndpointName, StreamName | OpenName>;

/** The compiler refuses this line when an endpoint has no handler. */
export const handlers: { readonly [N in SignedInName]: Handler<N> } = signedInHandlers;

/** The same tables, to be looked up by a name that is known only when a request comes. */
export type AnyHandler = Handler<keyof Endpoints>;
export type AnyOpenHandler = OpenHandler<keyof Endpoints>;
