/** z3 as the second opinion on policies: for tests and benchmarks only. Its worker threads end with `endZ3`. */
import { init, killThreads } from 'z3-solver';
import type { Bool } from 'z3-solver';
import type { Box4, Policy, Span } from '#plan/network/policy.ts';
import { holds } from '#plan/network/span-set.ts';

export interface Point4 {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly port: number;
  readonly time: number;
}

export interface Oracle {
  /** A point of IPv4 that only `a` lets pass; `undefined` when there is none. */
  surplus(a: Policy, b: Policy): Promise<Point4 | undefined>;
  end(): Promise<void>;
}

/** Instants fit in 53 bits. */
const TIME_BITS = 53;

export async function makeZ3(): Promise<Oracle> {
  const api = await initWithoutFinalizers();
  const { Solver, BitVec, And, Or, Not } = api.Context('main');
  type Vec = ReturnType<typeof BitVec.const>;
  const fields = {
    source: BitVec.const('source', 32),
    destination: BitVec.const('destination', 32),
    protocol: BitVec.const('protocol', 8),
    port: BitVec.const('port', 16),
    time: BitVec.const('time', TIME_BITS),
  };
  const within = (field: Vec, { first, last }: Span): Bool<'main'> =>
    first === last
      ? field.eq(BitVec.val(first, field.size()))
      : And(field.uge(BitVec.val(first, field.size())), field.ule(BitVec.val(last, field.size())));
  const isIn = (box: Box4): Bool<'main'> =>
    And(
      within(fields.destination, box.destination),
      within(fields.source, box.source),
      within(fields.protocol, box.protocol),
      within(fields.port, box.port),
      within(fields.time, box.time),
    );
  const isHeld = (spans: readonly Span[]): Bool<'main'> =>
    Or(...spans.flatMap((span) => [within(fields.source, span), within(fields.destination, span)]));
  const allowed = ({ v4, quarantined4 }: Policy): Bool<'main'> => And(Or(...v4.map(isIn)), Not(isHeld(quarantined4)));
  return {
    async surplus(a, b) {
      const solver = new Solver();
      solver.add(allowed(a), Not(allowed(b)));
      const answer = await solver.check();
      if (answer === 'unsat') return undefined;
      if (answer !== 'sat') throw new Error(`z3 says ${answer}`);
      const model = solver.model();
      const value = (field: Vec) => Number(model.eval(field, true).toString().replace('#x', '0x').replace('#b', '0b'));
      const { source, destination, protocol, port, time } = fields;
      return {
        source: value(source),
        destination: value(destination),
        protocol: value(protocol),
        port: value(port),
        time: value(time),
      };
    },
    async end() {
      await killThreads(api.em);
    },
  };
}

/**
 * The library gives an object back when JavaScript has collected it, on this thread, whatever its own thread does with the same context then: rarely, what
 * it works on breaks, and it asks for memory until there is none. For the seconds of a test nothing has to be given back.
 */
async function initWithoutFinalizers(): ReturnType<typeof init> {
  const real = globalThis.FinalizationRegistry;
  globalThis.FinalizationRegistry = Forgetful as unknown as typeof real; // the two methods that are called
  try {
    return await init();
  } finally {
    globalThis.FinalizationRegistry = real;
  }
}

class Forgetful {
  register(): void {
    // never given back
  }
  unregister(): boolean {
    return false;
  }
}

/** By the words of policy.ts. */
export function lets({ v4, quarantined4 }: Policy, point: Point4): boolean {
  if (quarantined4.some((span) => holds(span, point.source) || holds(span, point.destination))) return false;
  return v4.some(
    (box) =>
      holds(box.source, point.source) &&
      holds(box.destination, point.destination) &&
      holds(box.protocol, point.protocol) &&
      holds(box.port, point.port) &&
      holds(box.time, point.time),
  );
}
