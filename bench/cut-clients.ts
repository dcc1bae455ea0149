/** What both client processes of the cut share: the conversation with the scene, and a record for each connection. */
export interface Line {
  lastByteAt: number;
  bytes: number;
  open: boolean;
}

export function converse<Task>(begin: (task: Task, lines: Line[]) => Promise<void>): void {
  const lines: Line[] = [];
  process.on('message', (message: { readonly kind: string; readonly task: Task }) => {
    if (message.kind === 'begin') void begin(message.task, lines).then(() => process.send?.({ kind: 'flowing' }));
    else
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
