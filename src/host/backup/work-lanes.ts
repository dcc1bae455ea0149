/** Lanes of work: one thing at a time in each, and none waits for another one. */

export interface Lane {
  /** Looks whether there is something to do; while the lane is busy, it looks again when that is done. */
  look(): void;
  /** What runs now. */
  running(): Promise<void> | undefined;
}

export interface LaneParts {
  readonly name: 'backups' | 'drills' | 'locks' | 'restores';
  readonly signal: AbortSignal;
  /** Does one thing; false when there is none, or it could not be done. What it throws is told, and counts as nothing done. */
  next(): Promise<boolean>;
  /** Something was done: other lanes may have work from it. */
  onDone(): void;
  /** Nothing can be done now. */
  onNothing(): void;
  onTrouble(what: string, cause: unknown): void;
}

export function createLane({ name, signal, next, onDone, onNothing, onTrouble }: LaneParts): Lane {
  let running: Promise<void> | undefined;
  let isWanted = false;

  async function once(): Promise<boolean> {
    try {
      return await next();
    } catch (cause) {
      if (!signal.aborted) onTrouble(`the ${name} will be looked at again`, cause);
      return false;
    }
  }

  /** A look that was asked for meanwhile is made here, by this lane alone: lanes that woke one another would never rest. */
  async function work(): Promise<void> {
    for (let goesOn = true; goesOn && !signal.aborted; goesOn ||= isWanted) {
      isWanted = false;
      goesOn = await once();
      if (goesOn && !signal.aborted) onDone();
    }
    running = undefined;
    if (!signal.aborted) onNothing();
  }

  return {
    look() {
      if (running === undefined) running = work();
      else isWanted = true;
    },
    running: () => running,
  };
}
