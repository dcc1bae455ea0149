/** The API, whole: every endpoint by name. Handlers, OpenAPI, the pages' client and the tests are made from this table. */
import { backupEndpoints } from '#api/endpoints/backup.ts';
import { backupClosingEndpoints } from '#api/endpoints/backup-closing.ts';
import { backupProofEndpoints } from '#api/endpoints/backup-proof.ts';
import { backupVaultEndpoints } from '#api/endpoints/backup-vaults.ts';
import { facilityEndpoints } from '#api/endpoints/facility.ts';
import { fileEndpoints } from '#api/endpoints/files.ts';
import { identityEndpoints } from '#api/endpoints/identity.ts';
import { ledgerEndpoints } from '#api/endpoints/ledger.ts';
import { networkEndpoints } from '#api/endpoints/network.ts';
import { networkImportEndpoints } from '#api/endpoints/network-import.ts';
import { networkProofEndpoints } from '#api/endpoints/network-proof.ts';
import { peopleEndpoints } from '#api/endpoints/people.ts';
import { projectEndpoints } from '#api/endpoints/projects.ts';
import { shareEndpoints } from '#api/endpoints/shares.ts';
import type { BodyOf, InputOf, ParamsOf, QueryOf, ResponseOf } from '#api/endpoints/endpoint.ts';

export const API_PREFIX = '/api/v1';

export const endpoints = {
  ...identityEndpoints,
  ...peopleEndpoints,
  ...projectEndpoints,
  ...shareEndpoints,
  ...facilityEndpoints,
  ...networkEndpoints,
  ...networkProofEndpoints,
  ...networkImportEndpoints,
  ...backupEndpoints,
  ...backupClosingEndpoints,
  ...backupVaultEndpoints,
  ...backupProofEndpoints,
  ...ledgerEndpoints,
  ...fileEndpoints,
} as const;

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;

/** For clients: `call(name, { params, query, body })`. */
export type ParamsTo<N extends EndpointName> = ParamsOf<Endpoints[N]>;
export type QueryTo<N extends EndpointName> = QueryOf<Endpoints[N]>;
export type BodyTo<N extends EndpointName> = BodyOf<Endpoints[N]>;
export type AnswerOf<N extends EndpointName> = ResponseOf<Endpoints[N]>;

/** For handlers. */
export type RequestTo<N extends EndpointName> = InputOf<Endpoints[N]>;

/** Unsafe methods carry this header, so that no form on another site can send them. */
export const REQUEST_HEADER = 'x-picturelock';
