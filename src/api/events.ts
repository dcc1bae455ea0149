/**
 * The event stream: a message for each state entry that its reader may see, by ids only; readers fetch what it concerns. It ends with
 * its session. A reader who is too slow, or was away for too long, is told to fetch everything anew.
 */
import type { Caller } from '#api/caller.ts';
import type { ApiContext } from '#api/context.ts';
import type { EventView } from '#api/endpoints/views.ts';
import { Viewer } from '#api/views/viewer.ts';
import { isStateKind } from '#model/events.ts';
import type { Placed } from '#model/events.ts';
import type { Outcome } from '#std/refused.ts';
import { ok, refused } from '#std/refused.ts';

const STREAMS_PER_SESSION_MAX = 8;
const BEAT_MS = 15_000;
/** Missed entries that are still sent one by one. */
const REPLAY_MAX = 200;
/** Messages that may wait for a slow reader. */
const WAITING_MAX = 1_000;

const open = new WeakMap<object, number>();

/** `after`: the index of the last entry that the reader has; undefined for "from now on". */
export function openEvents(
  context: ApiContext,
  caller: Caller,
  after: number | undefined,
): Outcome<ReadableStream<Uint8Array>> {
  const count = open.get(caller.session) ?? 0;
  if (count >= STREAMS_PER_SESSION_MAX)
    return refused('too-many-streams', 'This session follows too many event streams.', 'Close some tabs.');
  open.set(caller.session, count + 1);
  const stream = new EventStream(context, caller);
  return ok(
    new ReadableStream<Uint8Array>(
      { start: (controller) => stream.start(controller, after), cancel: () => stream.end() },
      new CountQueuingStrategy({ highWaterMark: WAITING_MAX }),
    ),
  );
}

class EventStream {
  readonly #context: ApiContext;
  readonly #caller: Caller;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Entries that arrive while missed ones are looked up. */
  #early: Placed[] | undefined = [];
  #stops: (() => void)[] = [];

  constructor(context: ApiContext, caller: Caller) {
    this.#context = context;
    this.#caller = caller;
  }

  async start(controller: ReadableStreamDefaultController<Uint8Array>, after: number | undefined): Promise<void> {
    this.#controller = controller;
    const { engine } = this.#context;
    const size = engine.state().size;
    this.#stops.push(engine.subscribe((placed) => this.#arrived(placed)));
    this.#stops.push(this.#caller.session.attach(() => this.end(), undefined, this.#caller.from));
    this.#beat();
    if (after !== undefined && after + 1 < size) await this.#replay(after, size);
    const early = this.#early ?? [];
    this.#early = undefined;
    this.#arrived(early);
  }

  end(): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    open.set(this.#caller.session, Math.max(0, (open.get(this.#caller.session) ?? 1) - 1));
    for (const stop of this.#stops) stop();
    try {
      controller.close();
    } catch {
      // The reader has cancelled: it is closed already.
    }
  }

  async #replay(after: number, size: number): Promise<void> {
    try {
      const page = await this.#context.engine.search({ limit: REPLAY_MAX });
      const oldest = page.entries.at(-1)?.index ?? size;
      if (page.searchedTo < size || (oldest > after + 1 && page.next !== undefined))
        return this.#send('event: resync\ndata: {}\n\n');
      const missed = page.entries.filter(
        ({ index, entry }) => index > after && index < size && isStateKind(entry.kind),
      );
      return this.#emit(missed.reverse());
    } catch {
      return this.#send('event: resync\ndata: {}\n\n');
    }
  }

  #arrived(placed: readonly Placed[]): void {
    if (this.#early === undefined) return this.#emit(placed);
    if (this.#early.length < WAITING_MAX) this.#early.push(...placed);
    return undefined;
  }

  #emit(placed: readonly Placed[]): void {
    if (placed.length === 0 || this.#controller === undefined) return;
    const viewer = new Viewer(this.#context, this.#caller);
    const seen = placed.filter((one) => maySee(viewer, one));
    this.#send(
      seen.map((one) => `event: entry\nid: ${one.index}\ndata: ${JSON.stringify(eventView(one))}\n\n`).join(''),
    );
  }

  #beat(): void {
    const { clock } = this.#context;
    const cancel = clock.atTime(clock.now() + BEAT_MS, () => {
      this.#stops = this.#stops.filter((stop) => stop !== cancel);
      this.#send('event: beat\ndata: {}\n\n');
      if (this.#controller !== undefined) this.#beat();
    });
    this.#stops.push(cancel);
    if (this.#stops.length === 3) this.#send('retry: 2000\n\n');
  }

  #send(text: string): void {
    if (this.#controller === undefined || text === '') return;
    if ((this.#controller.desiredSize ?? 0) <= 0) return this.end();
    this.#controller.enqueue(Buffer.from(text));
    return undefined;
  }
}

/** One's own affairs; a project's to whoever may see it; the facility's to whoever may see the facility. */
function maySee(viewer: Viewer, { entry: { stream, about, by } }: Placed): boolean {
  const me = viewer.caller.person;
  if (about.person === me || by.person === me) return true;
  if (stream === 'facility' || stream === 'ledger') return viewer.may('facility.see');
  return viewer.may('engagement.see', { project: stream });
}

function eventView({ index, entry: { at, kind, stream, about, by } }: Placed): EventView {
  return {
    index,
    at,
    kind,
    stream,
    about,
    by: {
      ...(by.person === undefined ? {} : { person: by.person }),
      ...(by.service === undefined ? {} : { service: by.service }),
    },
  };
}
