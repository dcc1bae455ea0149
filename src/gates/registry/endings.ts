/** How sessions end: what is attached is destroyed first, the entry is told second. */
import type { Live } from '#gates/registry/live.ts';
import type { Outbox } from '#gates/registry/outbox.ts';
import type { Roll } from '#gates/registry/roll.ts';
import type { Because } from '#model/events.ts';
import type { CutId, SessionId } from '#std/ids.ts';

export interface Endings {
  /** Destroys everything attached, now, and says whether there was anything to end. The entry follows by `tell`. */
  sever(session: Live, because: Because): boolean;
  /** Resolves when the closing is recorded, or waits for the engine. */
  tell(session: Live, because: Because, cut?: CutId): Promise<void>;
  end(session: Live, because: Because, cut?: CutId): Promise<void>;
  /** All of them are gone before the first is told. */
  endAll(because: Because): void;
}

export function createEndings(roll: Roll, outbox: Outbox): Endings {
  function sever(session: Live, because: Because): boolean {
    if (session.closed !== undefined) return false;
    session.closed = because;
    session.destroyAll(because);
    session.deadline?.takeBack();
    roll.strike(session);
    return true;
  }

  function tell({ id, bytesIn, bytesOut, operations, passed }: Live, because: Because, cut?: CutId): Promise<void> {
    const carried = passed === undefined ? {} : { passed };
    return outbox.post({ ...closingOf(id, because, cut), bytesIn, bytesOut, operations, ...carried });
  }

  return {
    sever,
    tell,
    end: (session, because, cut) =>
      sever(session, because) && session.recorded ? tell(session, because, cut) : Promise.resolve(),
    endAll(because) {
      const all = [...roll.live.values()].filter((session) => sever(session, because));
      for (const session of all) if (session.recorded) void tell(session, because);
    },
  };
}

/** The closing of a session of which nothing is known here but its id. */
export function closingOf(session: SessionId, because: Because, cut?: CutId) {
  const kind = 'close-session' as const;
  return { kind, session, because, ...(cut === undefined ? {} : { cut }), bytesIn: 0, bytesOut: 0, operations: 0 };
}
