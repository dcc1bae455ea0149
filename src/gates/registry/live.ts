/** One live session: who, what is attached to it, and what it moved. The registry owns it and ends it. */
import type { Because, Gate, Passed } from '#model/events.ts';
import type { LiveSession, Needs, SessionRequest } from '#ports/sessions.ts';
import type { CredentialId, CutId, EngagementId, PersonId, ProjectId, SessionId } from '#std/ids.ts';

/** More than any browser or SFTP client opens; a session that attaches more is refused the rest. */
const ATTACHED_MAX = 4096;

export interface Attachment {
  readonly destroy: (because: Because) => void;
  readonly needs: Needs | undefined;
  /** The address of its own request; the session's when absent. */
  readonly from: string | undefined;
  deadline: Armed | undefined;
}

/** A deadline that stands in the heap. */
export interface Armed {
  readonly at: number;
  readonly takeBack: () => void;
}

/** What the registry does for a session. */
export interface Keeper {
  /** Decides `needs` and arms their deadline; false: the thing may not live. */
  admit(live: Live, attachment: Attachment): boolean;
  end(live: Live, because: Because, cut?: CutId): Promise<void>;
  fault(error: unknown): void;
}

export class Live implements LiveSession {
  readonly id: SessionId;
  readonly gate: Gate;
  readonly person: PersonId;
  readonly project?: ProjectId;
  readonly engagement?: EngagementId;
  credential?: CredentialId;
  readonly from?: string;
  readonly client?: string;
  tokenHash?: string;
  factorAt?: number;
  until: number;
  bytesIn = 0;
  bytesOut = 0;
  operations = 0;
  lastByteAt = 0;
  /** Of a path: what the packet filter last said that it carried. */
  passed: Passed | undefined;
  closed: Because | undefined;
  /** Rights held when it was opened or last widened. */
  rights: ReadonlySet<string> = new Set();
  /** False until `session.opened` is durable. */
  recorded = false;
  deadline: Armed | undefined;
  readonly attachments = new Set<Attachment>();
  readonly #keeper: Keeper;

  constructor(id: SessionId, request: SessionRequest, keeper: Keeper) {
    this.id = id;
    this.#keeper = keeper;
    this.gate = request.gate;
    this.person = request.person;
    this.until = request.until;
    if (request.project !== undefined) this.project = request.project;
    if (request.engagement !== undefined) this.engagement = request.engagement;
    if (request.credential !== undefined) this.credential = request.credential;
    if (request.from !== undefined) this.from = request.from;
    if (request.client !== undefined) this.client = request.client;
    if (request.tokenHash !== undefined) this.tokenHash = request.tokenHash;
    if (request.factorAt !== undefined) this.factorAt = request.factorAt;
  }

  get attached(): number {
    return this.attachments.size;
  }

  attach(destroy: (because: Because) => void, needs?: Needs, from?: string): () => void {
    const attachment: Attachment = { destroy, needs, from, deadline: undefined };
    const mayLive =
      this.closed === undefined && this.attachments.size < ATTACHED_MAX && this.#keeper.admit(this, attachment);
    this.attachments.add(attachment);
    if (!mayLive) this.destroy(attachment, this.closed ?? 'rights-changed');
    return () => this.detach(attachment);
  }

  detach(attachment: Attachment): void {
    attachment.deadline?.takeBack();
    attachment.deadline = undefined;
    this.attachments.delete(attachment);
  }

  /** Destroys one attached thing now. One that fails to die is reported and doesn't keep the others alive. */
  destroy(attachment: Attachment, because: Because): void {
    this.detach(attachment);
    try {
      attachment.destroy(because);
    } catch (error) {
      this.#keeper.fault(error);
    }
  }

  destroyAll(because: Because): void {
    for (const attachment of this.attachments) this.destroy(attachment, because);
  }

  close(because: Because, cut?: CutId): Promise<void> {
    return this.#keeper.end(this, because, cut);
  }
}
