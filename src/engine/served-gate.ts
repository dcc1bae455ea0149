/**
 * One gate at the engine's end of the socket: bytes in, bytes out, no input or output of its own.
 *
 * After a good `hello` the gate gets what it lacks, then every state entry as it is published; answers to a command follow the
 * entries that the command made, so the gate has folded them before it hears.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Engine } from '#engine/engine.ts';
import { createDeframer, frameMessage, frameText } from '#engine/framing.ts';
import { LEASE_TTL_MS } from '#engine/limits.ts';
import { isPortion, portions } from '#engine/portions.ts';
import { publishedJson } from '#engine/published-json.ts';
import { stateToJson } from '#engine/state-json.ts';
import type { Answer, FromEngine, Request, ToEngine } from '#engine/wire.ts';
import { FROM_ENGINE_BYTES_MAX, REQUESTS_OPEN_MAX, TO_ENGINE_BYTES_MAX, toEngine } from '#engine/wire.ts';
import type { Placed } from '#model/events.ts';
import { parseDraft } from '#model/events.ts';
import type { EntryQuery } from '#ports/engine.ts';
import { Bug } from '#std/assert.ts';
import { utf8 } from '#std/bytes.ts';
import type { Refused } from '#std/refused.ts';
import { Fault } from '#std/refused.ts';

const CATCHING_UP_ENTRIES_MAX = 100_000;

export interface ServedGate {
  receive(chunk: Uint8Array): void;
  /** The socket is gone. */
  end(): void;
}

export interface GateWire {
  send(bytes: Uint8Array): void;
  hangUp(): void;
}

export function serveGate(engine: Engine, secret: string, wire: GateWire): ServedGate {
  const deframer = createDeframer(TO_ENGINE_BYTES_MAX);
  let unsubscribe: readonly (() => void)[] = [];
  /** What is published while the gate still catches up; undefined once it is live. */
  let behind: Placed[] | undefined;
  let greeted = false;
  let ended = false;
  let open = 0;

  function send(message: FromEngine): void {
    if (!ended) wire.send(frameMessage(message, FROM_ENGINE_BYTES_MAX));
  }

  /** JSON of a `FromEngine`, put together from text that others get too. */
  function sendText(text: string): void {
    if (!ended) wire.send(frameText(text, FROM_ENGINE_BYTES_MAX));
  }

  function bye(cause: unknown): void {
    const { code, message } =
      cause instanceof Fault ? cause : new Fault('bad-message', 'a message that the engine does not know');
    send({ kind: 'bye', code, message });
    end();
    wire.hangUp();
  }

  function end(): void {
    ended = true;
    for (const stop of unsubscribe) stop();
  }

  function sendEntries(entries: readonly Placed[]): void {
    for (const portion of portions(entries)) send({ kind: 'entries', entries: portion });
  }

  function hear(message: ToEngine): void {
    if (message.kind === 'hello') return greet(message);
    if (!greeted) throw new Fault('not-greeted', 'say hello first');
    if (message.kind === 'beat')
      return send({ kind: 'beat', sentAt: message.sentAt, leaseMs: engine.lease() === 0 ? 0 : LEASE_TTL_MS });
    if (open >= REQUESTS_OPEN_MAX) throw new Fault('too-many-requests', `at most ${REQUESTS_OPEN_MAX} open requests`);
    open += 1;
    void answer(message).finally(() => {
      open -= 1;
    });
  }

  function greet(hello: Extract<ToEngine, { readonly kind: 'hello' }>): void {
    if (greeted) throw new Fault('bad-message', 'one hello is enough');
    if (!isSame(hello.secret, secret)) throw new Fault('wrong-secret', 'this engine has another secret');
    greeted = true;
    const state = engine.state();
    if (hello.cursor > state.size) {
      throw new Fault(
        'cursor-ahead',
        `the gate has folded ${hello.cursor} entries of ${state.size}: another ledger, or an older copy`,
      );
    }
    behind = [];
    unsubscribe = [engine.subscribe(publish), engine.onOrders(announce)];
    if (hello.cursor === 0) send({ kind: 'state', state: stateToJson(state) });
    void catchUp(hello.cursor === 0 ? state.size : hello.cursor, state.size).catch(bye);
  }

  /** A gate that still catches up finds them among the entries. */
  function announce(orders: readonly Placed[]): void {
    if (behind === undefined) send({ kind: 'orders', entries: orders });
  }

  /** One commit's entries, which are never divided. */
  function publish(placed: readonly Placed[]): void {
    if (behind === undefined) return sendText(`{"kind":"entries","entries":${publishedJson(placed)}}`);
    behind.push(...placed);
    if (behind.length > CATCHING_UP_ENTRIES_MAX)
      bye(new Fault('too-far-behind', 'the ledger grows faster than the gate catches up'));
  }

  async function catchUp(from: number, to: number): Promise<void> {
    let batch: Placed[] = [];
    for await (const placed of engine.stateEntries(from, to)) {
      if (isPortion(batch, placed)) {
        sendEntries(batch);
        batch = [];
      }
      batch.push(placed);
    }
    sendEntries([...batch, ...(behind ?? [])]);
    behind = undefined;
    send({ kind: 'live' });
  }

  async function answer(request: Request): Promise<void> {
    const { id } = request;
    try {
      const value = await ask(engine, request);
      if (!('of' in value)) send({ kind: 'refused', id, refused: value });
      else if (value.of === 'command')
        sendText(`{"kind":"done","id":${id},"value":{"of":"command","entries":${publishedJson(value.entries)}}}`);
      else send({ kind: 'done', id, value });
    } catch (cause) {
      if (cause instanceof Bug) throw cause;
      const fault =
        cause instanceof Fault
          ? cause
          : new Fault('bad-request', cause instanceof Error ? cause.message : 'the request failed', { cause });
      send({ kind: 'fault', id, code: fault.code, message: fault.message, retry: fault.retry });
    }
  }

  return {
    receive(chunk) {
      if (ended) return;
      try {
        for (const message of deframer.push(chunk)) if (!ended) hear(toEngine.parse(message));
      } catch (cause) {
        if (cause instanceof Bug) throw cause;
        bye(cause);
      }
    },
    end,
  };
}

async function ask(engine: Engine, request: Request): Promise<Answer | Refused> {
  switch (request.kind) {
    case 'command': {
      const done = await engine.command(request.command, request.by);
      return done.kind === 'refused' ? done : { of: 'command', entries: done.entries };
    }
    case 'record':
      return { of: 'record', indexes: await engine.record(request.drafts.map(parseDraft)) };
    case 'search':
      return { of: 'search', page: await engine.search(request.query as EntryQuery) }; // parsed: absent members are absent, not undefined
    case 'sealed':
      return { of: 'sealed', ...(await engine.sealed(request.index)) };
    case 'state-at':
      return { of: 'state-at', state: stateToJson(await engine.stateAt(request.point)) };
  }
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [utf8(a), utf8(b)];
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}
