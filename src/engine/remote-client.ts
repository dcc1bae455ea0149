/**
 * The gate's end of the socket: an EngineClient that folds what the engine sends. Bytes in, bytes out; who holds the socket calls
 * `connected`, `receive`, `disconnected` and `tick`.
 *
 * The lease is measured from the moment this process *sent* a beat that came back, on its own monotonic clock: bytes that lay in a
 * buffer while this process slept prolong nothing. It outlives the connection until it runs out, and comes back only after the
 * fold has caught up.
 */
import { createDeframer, frameMessage } from '#engine/framing.ts';
import type { Deframer } from '#engine/framing.ts';
import { createPublisher } from '#engine/publisher.ts';
import type { Rules } from '#engine/rules.ts';
import { stateFromJson } from '#engine/state-json.ts';
import type { Answer, FromEngine, Request, ToEngine } from '#engine/wire.ts';
import { FROM_ENGINE_BYTES_MAX, REQUESTS_OPEN_MAX, TO_ENGINE_BYTES_MAX, WIRE_VERSION } from '#engine/wire.ts';
import type { Placed } from '#model/events.ts';
import type { State } from '#model/state.ts';
import type { EngineClient } from '#ports/engine.ts';
import { Bug } from '#std/assert.ts';
import type { Refused } from '#std/refused.ts';
import { Fault } from '#std/refused.ts';

export interface RemoteClient {
  readonly client: EngineClient;
  /** A new connection: says hello with what is known already. */
  connected(send: (bytes: Uint8Array) => void, secret: string): void;
  receive(chunk: Uint8Array): void;
  disconnected(): void;
  /** Sends a beat and looks whether the lease ran out; every `BEAT_EVERY_MS`. */
  tick(): void;
  /** True from having caught up until the connection is lost. */
  readonly live: boolean;
}

export interface RemotePorts {
  readonly rules: Pick<Rules, 'empty' | 'evolve'>;
  readonly monotonic: () => number;
  readonly close: () => Promise<void>;
}

type Unnumbered<T> = T extends unknown ? Omit<T, 'id'> : never;
type Pending = PromiseWithResolvers<Answer | Refused>;

export function createRemoteClient(ports: RemotePorts): RemoteClient {
  const publisher = createPublisher(false);
  const pending = new Map<number, Pending>();
  let state: State | undefined;
  let leaseUntil = 0;
  let send: ((bytes: Uint8Array) => void) | undefined;
  let deframer: Deframer = createDeframer(FROM_ENGINE_BYTES_MAX);
  let live = false;
  let lastId = 0;
  let farewell: Fault | undefined;

  function say(message: ToEngine): void {
    send?.(frameMessage(message, TO_ENGINE_BYTES_MAX));
  }

  async function ask(request: Unnumbered<Request>): Promise<Answer | Refused> {
    if (!live) throw farewell ?? new Fault('engine-lost', 'the engine cannot be reached', { retry: true });
    if (pending.size >= REQUESTS_OPEN_MAX)
      throw new Fault('engine-busy', 'too many requests wait for the engine', { retry: true });
    const id = (lastId += 1);
    const answer: Pending = Promise.withResolvers();
    const bytes = frameMessage({ ...request, id }, TO_ENGINE_BYTES_MAX);
    pending.set(id, answer);
    send?.(bytes);
    return answer.promise;
  }

  function settle(message: Extract<FromEngine, { readonly id: number }>): void {
    const waiting = pending.get(message.id);
    pending.delete(message.id);
    if (message.kind === 'done') waiting?.resolve(message.value);
    else if (message.kind === 'refused') waiting?.resolve(message.refused);
    else waiting?.reject(new Fault(message.code, message.message, { retry: message.retry }));
  }

  function fold(entries: readonly Placed[]): void {
    const before = known();
    const fresh = entries.filter(({ index }) => index >= before.size);
    state = fresh.reduce((folded, placed) => ports.rules.evolve(folded, placed), before);
    publisher.publish(fresh, state);
  }

  function hear(message: FromEngine): void {
    switch (message.kind) {
      case 'state':
        state = stateFromJson(message.state, ports.rules.empty);
        return;
      case 'orders':
        return publisher.announce(message.entries.filter(({ index }) => index >= known().size));
      case 'entries':
        return fold(message.entries);
      case 'live':
        live = true;
        return tick();
      case 'beat':
        if (live && message.leaseMs > 0) leaseUntil = Math.max(leaseUntil, message.sentAt + message.leaseMs);
        return lookAtLease();
      case 'bye':
        farewell = new Fault(message.code, message.message, { retry: true });
        return;
      case 'done':
      case 'refused':
      case 'fault':
        return settle(message);
    }
  }

  function lookAtLease(): void {
    publisher.lease(ports.monotonic() < leaseUntil);
  }

  function tick(): void {
    if (live) say({ kind: 'beat', sentAt: ports.monotonic() });
    lookAtLease();
  }

  function known(): State {
    if (state === undefined) throw new Fault('engine-lost', 'the engine has not been reached yet', { retry: true });
    return state;
  }

  function disconnected(): void {
    live = false;
    send = undefined;
    const lost = new Fault('engine-lost', 'the engine was lost; whether this was done is not known');
    for (const waiting of pending.values()) waiting.reject(lost);
    pending.clear();
    lookAtLease();
  }

  const client: EngineClient = {
    state: known,
    lease: () => leaseUntil,
    subscribe: publisher.subscribe,
    onOrders: publisher.onOrders,
    onLease: publisher.onLease,
    close: () => ports.close(),
    async command(command, by) {
      const answer = await ask({ kind: 'command', command, by });
      return 'of' in answer ? { kind: 'ok', entries: expect(answer, 'command').entries } : answer;
    },
    record: async (drafts) => expect(await ask({ kind: 'record', drafts: [...drafts] }), 'record').indexes,
    search: async (query) => expect(await ask({ kind: 'search', query }), 'search').page,
    async sealed(index) {
      const { size, note } = expect(await ask({ kind: 'sealed', index }), 'sealed');
      return { size, note };
    },
    stateAt: async (point) =>
      stateFromJson(expect(await ask({ kind: 'state-at', point }), 'state-at').state, ports.rules.empty),
  };

  return {
    client,
    get live() {
      return live;
    },
    connected(sender, secret) {
      deframer = createDeframer(FROM_ENGINE_BYTES_MAX);
      send = sender;
      farewell = undefined;
      say({ kind: 'hello', version: WIRE_VERSION, secret, cursor: state?.size ?? 0 });
    },
    receive(chunk) {
      for (const message of deframer.push(chunk)) hear(message as FromEngine); // from our own engine, over a socket that only we can open
    },
    disconnected,
    tick,
  };
}

function expect<Of extends Answer['of']>(answer: Answer | Refused, of: Of): Extract<Answer, { readonly of: Of }> {
  if (!('of' in answer) || answer.of !== of) throw new Bug(`the engine answered something else than ${of}`);
  return answer as Extract<Answer, { readonly of: Of }>; // its tag was just compared
}
