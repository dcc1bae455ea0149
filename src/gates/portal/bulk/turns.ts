/**
 * A share of each turn of the event loop. Whatever a thousand downloads have ready would be handed over in one turn, a third of a second
 * long, and an order to cut, a page or a beat would wait for its end.
 */
export interface Turns {
  /** Resolves in a turn that has room, in the order of asking; undefined when this one has. */
  next(): Promise<void> | undefined;
}

export function createTurns(perTurnMax: number): Turns {
  let waiting: (() => void)[] = [];
  let begun = 0;

  function begin(): void {
    if (begun === 0) setImmediate(turn);
    begun += 1;
  }

  function turn(): void {
    begun = 0;
    const ready = waiting.slice(0, perTurnMax);
    waiting = waiting.slice(perTurnMax);
    for (const go of ready) {
      begin();
      go();
    }
  }

  return {
    next() {
      if (begun >= perTurnMax) return new Promise((resolve) => waiting.push(resolve));
      begin();
      return undefined;
    },
  };
}
