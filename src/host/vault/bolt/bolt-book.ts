/**
 * Until when the bolt keeps each file immutable: its own table in its own folder, which only root can write, counted by its own clock. The
 * vault can make a time later, never earlier.
 */
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { LockFloor } from '#vault/server/lock-floor.ts';
import { openTimekeeper } from '#vault/server/timekeeper.ts';
import type { Timekeeper } from '#vault/server/timekeeper.ts';
import type { ClockReading } from '#vault/server/vault-clock.ts';
import { Fault } from '#std/refused.ts';

const n = z.int().min(1);
const at = z.number().min(0);
const bookLine = z.union([
  z.strictObject({ n, at, path: z.string(), until: at }),
  z.strictObject({ n, at, except: z.array(z.string()), until: at }),
  /** A file whose bytes were these, and not the ones that it is named by, was let go of. Its time stays as it is. */
  z.strictObject({ n, at, damaged: z.string(), sha256: z.string() }),
  z.strictObject({ n, at, released: z.array(z.string()) }),
]);
type BookLine = z.infer<typeof bookLine>;
type Bare = BookLine extends infer L ? (L extends unknown ? Omit<L, 'n' | 'at'> : never) : never;

interface Bolted {
  readonly n: number;
  until: number;
  /** Renewals up to this number do not count for it. */
  exceptUpTo: number;
}

export interface BoltBook {
  readonly clock: Timekeeper;
  readonly size: number;
  untilOf(path: string): number | undefined;
  /** Durable when it resolves. */
  write(lines: readonly Bare[]): Promise<void>;
  /** Those whose time is over; none while the clock is doubted. */
  over(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openBoltBook(folder: string, read: () => ClockReading): Promise<BoltBook> {
  const file = await open(join(folder, 'locks.jsonl'), 'a+', 0o600);
  const bolted = new Map<string, Bolted>();
  const floor = new LockFloor();
  let [last, lastAt] = [0, 0];
  let writing: Promise<void> = Promise.resolve();

  function apply(line: BookLine): void {
    [last, lastAt] = [line.n, line.at];
    if ('path' in line) {
      const known = bolted.get(line.path);
      if (known === undefined) bolted.set(line.path, { n: line.n, until: line.until, exceptUpTo: 0 });
      else known.until = Math.max(known.until, line.until);
    } else if ('damaged' in line) return;
    else if ('released' in line) for (const path of line.released) bolted.delete(path);
    else renew(line);
  }

  function renew({ n: number, except, until }: Extract<BookLine, { except: unknown }>): void {
    for (const path of except) {
      const one = bolted.get(path);
      if (one === undefined) continue;
      one.until = untilOf(one);
      one.exceptUpTo = number;
    }
    floor.add({ n: number, until });
  }

  function untilOf(one: Bolted): number {
    return Math.max(one.until, floor.of(Math.max(one.n, one.exceptUpTo + 1)));
  }

  /** One after the other: numbers and lengths go on from what stands. */
  async function write(bare: readonly Bare[]): Promise<void> {
    const time = (await clock.now()).at;
    // Each was one of the kinds, without number and time.
    const lines = bare.map((line, i) => ({ n: last + i + 1, at: time, ...line }) as BookLine);
    await append(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    for (const line of lines) apply(line);
  }

  /** Nothing half stays in the table: on a full disk the next line follows the newest whole one. */
  async function append(text: string): Promise<void> {
    try {
      await file.appendFile(text);
    } catch (cause) {
      await file.truncate(wholeBytes);
      throw cause;
    }
    await file.sync();
    wholeBytes += Buffer.byteLength(text);
  }

  let wholeBytes = replay(await readFile(join(folder, 'locks.jsonl'), 'utf8'), apply);
  await file.truncate(wholeBytes);
  const clock = await openTimekeeper(join(folder, 'clock.json'), lastAt, read, { append: async () => [] });
  return {
    clock,
    get size() {
      return bolted.size;
    },
    untilOf(path) {
      const one = bolted.get(path);
      return one === undefined ? undefined : untilOf(one);
    },
    write(bare) {
      writing = writing.catch(() => undefined).then(() => write(bare));
      return writing;
    },
    async over() {
      const { at: time, doubt } = await clock.now();
      if (doubt !== undefined) return [];
      return [...bolted].filter(([, one]) => untilOf(one) <= time).map(([path]) => path);
    },
    async close() {
      await clock.close();
      await file.close();
    },
  };
}

/** How many bytes are whole lines. */
function replay(text: string, apply: (line: BookLine) => void): number {
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  for (const raw of whole.split('\n').slice(0, -1)) {
    const line = bookLine.safeParse(JSON.parse(raw));
    if (!line.success) throw new Fault('book-broken', 'the bolt\u2019s own table is damaged: nothing is released');
    apply(line.data);
  }
  return Buffer.byteLength(whole);
}
