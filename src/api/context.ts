/** Everything that handlers may reach: ports, identity, and how this portal was started. */
import type { Ceremonies } from '#api/identity/ceremonies.ts';
import type { MailIndex } from '#api/identity/mail-index.ts';
import type { RelyingParty } from '#api/identity/passkey.ts';
import type { RateLimit } from '#api/identity/rate.ts';
import type { SignIns } from '#api/identity/sign-ins.ts';
import type { UsedSteps } from '#api/identity/totp.ts';
import type { By, Gate } from '#model/events.ts';
import type { BackupDesk } from '#ports/backups.ts';
import type { Bundles } from '#ports/bundles.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { FileService } from '#ports/files.ts';
import type { Random } from '#ports/random.ts';
import type { SealedLog } from '#ports/sealed-log.ts';
import type { SessionRegistry } from '#ports/sessions.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';

export interface Ports {
  readonly engine: EngineClient;
  readonly keys: SubjectKeys;
  readonly files: FileService;
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: SealedLog;
  readonly bundles: Bundles;
  /** Looks into snapshots and writes the runbook; absent where no backup service runs. */
  readonly backups?: BackupDesk;
  /** Fills an empty facility with the example; absent where it is not offered. */
  readonly example?: (
    by: By,
  ) => Promise<Outcome<{ readonly projects: readonly ProjectId[]; readonly people: readonly PersonId[] }>>;
}

export interface PortalSettings {
  /** Where people find the portal: `https://portal.example.com`. Links point there and passkeys are bound to its host. */
  readonly origin: string;
  /** The connection is encrypted; false only on loopback. */
  readonly secure: boolean;
  /** The origin of the ledger's checkpoints when a facility is created here: a name without a scheme. */
  readonly ledgerOrigin: string;
  readonly version: string;
  /** Gates that run and answer each cut with a receipt. */
  readonly gates: readonly Gate[];
  /** Where SFTP clients connect; absent where no such gate runs. Without a host it is found under the portal's own name. */
  readonly sftp?: {
    readonly host?: string;
    readonly port: number;
    readonly user: string;
    readonly hostKey?: string;
  };
  /** Demanded on the first-run page when set. */
  readonly setupCode?: string;
  /** Links of the demo: token to person. Only with `--demo`, only on loopback; empty or absent otherwise. */
  readonly demoLinks?: ReadonlyMap<string, PersonId>;
}

export interface ApiContext extends Ports {
  readonly settings: PortalSettings;
  readonly party: RelyingParty;
  readonly ceremonies: Ceremonies;
  readonly signIns: SignIns;
  readonly mails: MailIndex;
  readonly rate: RateLimit;
  /** One entry per address and minute about tries beyond the rate. */
  readonly floodNotes: RateLimit;
  /** Requests of one session. */
  readonly sessionRate: RateLimit;
  readonly usedSteps: UsedSteps;
  /** The newest signature counter per passkey, of those that count. */
  readonly counters: Map<string, number>;
  /** The id that the owner gets on first run: chosen before there is anything to choose from. */
  readonly firstOwner: PersonId;
}

/** Entries and commands of the portal itself carry this name. */
export const PORTAL = 'gate-portal';
