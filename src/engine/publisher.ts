/** Tells listeners of orders to cut, of state entries after they were folded in, and of the lease's loss and recovery. */
import type { Placed } from '#model/events.ts';
import type { State } from '#model/state.ts';

export interface Publisher {
  /** Calls back the order listeners with the orders among these entries, before anything is made of them. */
  announce(placed: readonly Placed[]): void;
  onOrders(listener: (orders: readonly Placed[]) => void): () => void;
  publish(placed: readonly Placed[], state: State): void;
  subscribe(listener: (placed: readonly Placed[], state: State) => void): () => void;
  /** Says it once per change. */
  lease(held: boolean): void;
  onLease(listener: (held: boolean) => void): () => void;
}

/** `held` is whether the lease is held at the beginning. */
export function createPublisher(held: boolean): Publisher {
  const listeners = new Set<(placed: readonly Placed[], state: State) => void>();
  const orderListeners = new Set<(orders: readonly Placed[]) => void>();
  const leaseListeners = new Set<(held: boolean) => void>();
  let isHeld = held;
  return {
    announce(placed) {
      const orders = placed.filter(({ entry }) => entry.kind === 'cut.ordered');
      if (orders.length > 0) for (const listener of Array.from(orderListeners)) listener(orders);
    },
    onOrders: (listener) => added(orderListeners, (orders) => listener(orders)),
    publish(placed, state) {
      if (placed.length > 0) for (const listener of Array.from(listeners)) listener(placed, state);
    },
    // Each registration is its own, also of one function twice.
    subscribe: (listener) => added(listeners, (placed, state) => listener(placed, state)),
    lease(now) {
      if (now === isHeld) return;
      isHeld = now;
      for (const listener of Array.from(leaseListeners)) listener(now);
    },
    onLease: (listener) => added(leaseListeners, (held) => listener(held)),
  };
}

function added<T>(set: Set<T>, item: T): () => void {
  set.add(item);
  return () => void set.delete(item);
}
