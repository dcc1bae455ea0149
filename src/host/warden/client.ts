/** A gate's end of the warden's socket. Connects when first needed, and again after the warden was away. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { answer, CHANGE_ELEMENTS_MAX, machineMs, MESSAGE_BYTES_MAX } from './protocol.ts';
import type { Reply, Request, WardenEvent } from './protocol.ts';
import { createDeframer, frameMessage } from '#engine/framing.ts';
import type { Denial, ElementChange, ForeignChange, Neighbour, SeenFlow, Warden } from '#ports/warden.ts';
import { Fault } from '#std/refused.ts';

const ANSWER_MS_MAX = 60_000;
type Asked = Request extends infer R ? (R extends { readonly n: number } ? Omit<R, 'n'> : never) : never;

interface Waiting {
  readonly done: (reply: Reply) => void;
  readonly failed: (fault: Fault) => void;
}

export function createWardenClient(path: string): Warden {
  const waiting = new Map<number, Waiting>();
  const denied = new Set<(denials: readonly Denial[]) => void>();
  const foreign = new Set<(change: ForeignChange) => void>();
  const rolledBack = new Set<() => void>();
  const gone = new Set<() => void>();
  let socket: Promise<Socket> | undefined;
  let last = 0;

  function open(): Promise<Socket> {
    const opened = new Promise<Socket>((resolve, reject) => {
      const made = connect(path);
      const deframer = createDeframer(MESSAGE_BYTES_MAX);
      made.once('connect', () => resolve(made));
      made.on('error', (cause) => reject(goneFault(path, cause)));
      made.on('data', (chunk: Buffer) => {
        try {
          for (const message of deframer.push(chunk)) hear(message);
        } catch {
          made.destroy();
        }
      });
      made.once('close', () => lose());
    });
    opened.catch(() => undefined);
    return opened;
  }

  function lose(): void {
    socket = undefined;
    for (const { failed } of waiting.values()) failed(goneFault(path));
    waiting.clear();
    for (const listener of gone) listener();
  }

  function hear(message: unknown): void {
    const heard = answer.parse(message);
    if ('event' in heard) return hearEvent(heard);
    const asked = waiting.get(heard.n);
    waiting.delete(heard.n);
    asked?.done(heard);
  }

  function hearEvent(event: WardenEvent): void {
    switch (event.event) {
      case 'denied':
        for (const listener of denied) listener(event.denials as readonly Denial[]); // checked by the schema
        return;
      case 'foreign':
        for (const listener of foreign) listener(event.change as ForeignChange); // checked by the schema
        return;
      case 'rolled-back':
        for (const listener of rolledBack) listener();
    }
  }

  async function ask(asked: Asked): Promise<Reply> {
    socket ??= open();
    const to = await socket.catch((cause: unknown) => {
      socket = undefined;
      throw cause;
    });
    last += 1;
    const n = last;
    return new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => to.destroy(), ANSWER_MS_MAX);
      waiting.set(n, {
        done(reply) {
          clearTimeout(timer);
          if ('fault' in reply) reject(new Fault(reply.fault.code, reply.fault.message, { retry: reply.fault.retry }));
          else resolve(reply);
        },
        failed(fault) {
          clearTimeout(timer);
          reject(fault);
        },
      });
      to.write(frameMessage({ ...asked, n }, MESSAGE_BYTES_MAX));
    });
  }

  const listen = <L>(listeners: Set<L>, listener: L): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

  return {
    check: async (rules) => void (await ask({ verb: 'check', rules })),
    load: async (rules, { confirmWithinMs }) =>
      committedOf(
        await ask({
          verb: 'load',
          rules,
          askedAt: machineMs(),
          ...(confirmWithinMs === undefined ? {} : { confirmWithinMs }),
        }),
      ),
    async status() {
      const reply = await ask({ verb: 'status' });
      if ('status' in reply) return { ...reply.status, counts: reply.status.counts ?? undefined };
      throw otherAnswer();
    },
    confirm: async () => void (await ask({ verb: 'confirm' })),
    rollBack: async () => committedOf(await ask({ verb: 'roll-back' })),
    async change(change) {
      const askedAt = machineMs(); // of the whole: times left are counted from when it was asked for
      let ms = 0;
      for (const part of partsOf(change))
        ms += committedOf(await ask({ verb: 'change', change: structuredClone(part), askedAt } as Asked)).ms; // plain data
      return { ms };
    },
    async list() {
      const reply = await ask({ verb: 'list' });
      return 'listing' in reply ? (reply.listing ?? undefined) : undefined;
    },
    unload: async () => void (await ask({ verb: 'unload' })),
    async neighbours() {
      const reply = await ask({ verb: 'neighbours' });
      return 'neighbours' in reply ? (reply.neighbours as readonly Neighbour[]) : []; // checked by the schema
    },
    async flows() {
      const reply = await ask({ verb: 'flows' });
      if (!('flows' in reply)) return { flows: undefined, hears: false };
      return { flows: (reply.flows ?? undefined) as readonly SeenFlow[] | undefined, hears: reply.hears }; // checked by the schema
    },
    onDenied: (listener) => listen(denied, listener),
    onForeign: (listener) => listen(foreign, listener),
    onRolledBack: (listener) => listen(rolledBack, listener),
    onGone: (listener) => listen(gone, listener),
    async close() {
      gone.clear();
      (await socket?.catch(() => undefined))?.destroy();
    },
  };
}

/**
 * One change, or as many as the warden takes: what closes goes first, so that whatever comes between, nothing stays open for the sake of what
 * opens. What points at a mark goes and comes with nothing in between that lets a packet through: a pointer without a live mark opens nothing.
 */
export function* partsOf(change: ElementChange): Iterable<ElementChange> {
  const nothing: ElementChange = { dead: [], unpoint: [], live: [], point: [], quarantine: [], release: [] };
  let part = { ...nothing };
  let room = CHANGE_ELEMENTS_MAX;
  for (const list of ['quarantine', 'dead', 'unpoint', 'point', 'live', 'release'] as const) {
    const all: readonly unknown[] = change[list];
    for (let from = 0; from < all.length;) {
      const some = all.slice(from, from + room);
      part = { ...part, [list]: some };
      from += some.length;
      room -= some.length;
      if (room > 0) continue;
      yield part;
      [part, room] = [{ ...nothing }, CHANGE_ELEMENTS_MAX];
    }
  }
  if (room < CHANGE_ELEMENTS_MAX) yield part;
}

function committedOf(reply: Reply): { readonly ms: number } {
  if ('committed' in reply) return reply.committed;
  throw otherAnswer();
}

function otherAnswer(): Fault {
  return new Fault('warden-failed', 'the warden gave another answer than was asked for');
}

function goneFault(path: string, cause?: unknown): Fault {
  const next = `start it with picturelock warden --socket ${path}`;
  return new Fault('warden-gone', `The warden does not answer on ${path}: ${next}.`, { cause, retry: true });
}
