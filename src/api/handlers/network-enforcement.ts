/** What the gateway is told, and what it said: the mode, rules to keep or load again, findings, refused packets. */
import type { AnswerOf } from '#api/endpoints.ts';
import type { Handlers } from '#api/handler.ts';
import { act } from '#api/handler.ts';
import { addressNames } from '#api/views/addresses.ts';
import type { AddressNames } from '#api/views/addresses.ts';
import { viewerAt } from '#api/views/viewer.ts';
import type { Viewer } from '#api/views/viewer.ts';
import type { DataOf } from '#model/events.ts';
import { DAY_MS } from '#model/limits.ts';
import { ok } from '#std/refused.ts';

type Denials = AnswerOf<'network-denials'>;
type DeniedRow = Denials['rows'][number];

/** Entries of one day that are folded; a gate writes one each ten seconds at most, and only while packets are refused. */
const ENTRIES_MAX = 9000;
const ENTRIES_A_PAGE = 200;
const ROWS_SHOWN_MAX = 200;

export const networkEnforcementHandlers = {
  'change-network-mode': (context, { caller, input }) =>
    act(context, caller, { kind: 'change-network-mode', ...input.body }),
  'confirm-apply': (context, { caller, input }) =>
    act(context, caller, { kind: 'confirm-apply', apply: input.params.apply }),
  'apply-again': (context, { caller }) => act(context, caller, { kind: 'apply-again' }),
  'settle-network-finding': (context, { caller, input }) =>
    act(context, caller, { kind: 'settle-network-finding', key: input.body.key }),
  'network-denials': async (context, { caller, input }) =>
    ok(await denialsOf(await viewerAt(context, caller, input.query.at))),
} satisfies Handlers;

async function denialsOf(viewer: Viewer): Promise<Denials> {
  const [from, until] = [Math.max(0, viewer.at - DAY_MS), viewer.at + 1];
  const fold = new Fold(addressNames(viewer.state));
  let before: number | undefined;
  for (let read = 0; read < ENTRIES_MAX; read += ENTRIES_A_PAGE) {
    const query = { kind: 'network.denied', from, until, limit: ENTRIES_A_PAGE };
    const page = await viewer.context.engine.search(before === undefined ? query : { ...query, before });
    for (const { entry } of page.entries) if (entry.kind === 'network.denied') fold.add(entry.data, entry.at);
    before = page.next;
    if (before === undefined) break;
  }
  return { from, until: viewer.at, ...fold.result() };
}

class Fold {
  readonly #names: AddressNames;
  readonly #rows = new Map<string, DeniedRow>();
  #others = 0;

  constructor(names: AddressNames) {
    this.#names = names;
  }

  add({ rows, others }: DataOf<'network.denied'>, at: number): void {
    this.#others += others;
    for (const { from, to, protocol, port, packets } of rows) {
      const key = `${from} ${to} ${protocol} ${port ?? ''}`;
      const known = this.#rows.get(key);
      if (known !== undefined) {
        this.#rows.set(key, { ...known, packets: known.packets + packets, lastAt: Math.max(known.lastAt, at) });
        continue;
      }
      const [fromName, toName] = [this.#names.nameOf(from), this.#names.nameOf(to)];
      this.#rows.set(key, {
        from,
        to,
        protocol,
        packets,
        lastAt: at,
        ...(port === undefined ? {} : { port }),
        ...(fromName === undefined ? {} : { fromName }),
        ...(toName === undefined ? {} : { toName }),
      });
    }
  }

  /** The most packets first. */
  result(): Pick<Denials, 'rows' | 'others'> {
    const rows = [...this.#rows.values()].sort((a, b) => b.packets - a.packets || b.lastAt - a.lastAt);
    const left = rows.slice(ROWS_SHOWN_MAX).reduce((sum, { packets }) => sum + packets, 0);
    return { rows: rows.slice(0, ROWS_SHOWN_MAX), others: this.#others + left };
  }
}
