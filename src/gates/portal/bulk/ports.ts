/** What bulk transfers need of the portal. */
import type { IncomingMessage } from 'node:http';
import type { Clock } from '#ports/clock.ts';
import type { FileActor, FileService, UploadService } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import type { ProjectId } from '#std/ids.ts';
import type { PaceLimits } from '#std/pace.ts';
import type { Refused } from '#std/refused.ts';

export interface Caller {
  readonly actor: FileActor;
  readonly session: LiveSession;
}

export interface BulkPorts {
  readonly files: FileService & UploadService;
  readonly clock: Clock;
  /** Whose request it is, by cookie or token; a refusal when nobody's. */
  authenticate(request: IncomingMessage): Caller | Refused | Promise<Caller | Refused>;
  /** How fast the requests of one session go; `FILE_PACE` when absent. */
  readonly pace?: PaceLimits;
  projectByAlias(alias: string): ProjectId | undefined;
}
