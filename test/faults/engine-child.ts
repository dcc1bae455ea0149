/**
 * The real engine under load, in a process of its own: `node engine-child.ts DATA RUN WRITERS`. Writes a line to its output for every
 * acknowledgement, after it: `ack INDEX PATH`. Ends with 0 on SIGTERM, and with 3 and a line `fault CODE` when the engine fails.
 */
import { writeSync } from 'node:fs';
import { createFacility, listed, owner } from '#engine/test-facility.ts';
import { openHostEngine } from '#host/engine/open-engine.ts';
import { Fault } from '#std/refused.ts';

const [data = '', run = '0', writers = '16'] = process.argv.slice(2);
const SEGMENT_BYTES = 6 * 2 ** 20;
/** The pipe may be full for a moment: an acknowledgement is said whole, or not at all because the process died. */
function say(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let done = 0; done < bytes.byteLength;) {
    try {
      done += writeSync(1, bytes, done);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) throw cause;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
const stop = (cause: unknown): never => {
  say(`fault ${cause instanceof Fault ? cause.code : String(cause)}`);
  process.exit(3);
};

const engine = await openHostEngine({ data, segmentBytes: SEGMENT_BYTES }).catch(stop);
void engine.failed.then(stop);
if (engine.state().facility === undefined) await engine.command(createFacility(), { person: owner }).catch(stop);
let running = true;
let made = 0;
process.on('SIGTERM', () => {
  running = false;
});
say('ready');

async function write(): Promise<void> {
  while (running) {
    made += 1;
    const path = `run-${run}/${made}`;
    const [index] = await engine.record([listed(path)]);
    say(`ack ${index} ${path}`);
  }
}
await Promise.all(Array.from({ length: Number(writers) }, write)).catch(stop);
await engine.sealed(engine.state().size - 1).catch(stop);
await engine.close().catch(stop);
process.exit(0);
