/** What both client processes of the cut share: the conversation with the scene, and a record for each connection. */
export interface Line {
  lastByteAt: number;
  bytes: number;
  open: boolean;
}

/** Clients rest between reads. Once the order is durable they read whatever is there, so that their own rest is not measured. */
export interface Pace {
  isGreedy: boolean;
  /** Ends a rest. One call each, and no timer that looks every few ms: a thousand of those kept the client's processor busy. */
  readonly resting: Set<() => void>;
}

export function converse<Task>(begin: (task: Task, lines: Line[], pace: Pace) => Promise<void>): void {
  const lines: Line[] = [];
  const pace: Pace = { isGreedy: false, resting: new Set() };
  process.on('message', (message: { readonly kind: string; readonly task: Task }) => {
    if (message.kind === 'begin') void begin(message.task, lines, pace).then(() => process.send?.({ kind: 'flowing' }));
    else if (message.kind === 'greedy') {
      pace.isGreedy = true;
      for (const wake of pace.resting) wake();
    } else
      process.send?.({
        lastByteAt: lines.map((line) => line.lastByteAt),
        bytes: lines.reduce((sum, line) => sum + line.bytes, 0),
        open: lines.filter((line) => line.open).length,
      });
  });
  process.on('disconnect', () => process.exit(0));
}

export function arrived(line: Line, bytes: number): void {
  line.bytes += bytes;
  line.lastByteAt = Date.now();
}
