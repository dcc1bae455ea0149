/** A folded journal holds what the unfolded one held, commits to every line, heals its table, and shows whoever touches what was folded. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { auditJournal } from '#vault/server/audit.ts';
import { Holdings } from '#vault/server/holdings.ts';
import { tableText } from '#vault/server/journal-files.ts';
import { openJournal } from '#vault/server/journal.ts';
import type { Journal, Unnumbered } from '#vault/server/journal.ts';

let folder = '';
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'picturelock-folding-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const name = (i: number): string => String(i).padStart(64, '0');
const text = (holdings: Holdings): string => [...tableText(holdings)].join('');

interface Opened {
  readonly holdings: Holdings;
  readonly journal: Journal;
}

async function opened(where = folder): Promise<Opened> {
  const holdings = new Holdings();
  return { holdings, journal: await openJournal(where, (line) => holdings.apply(line), holdings) };
}

const HOUR_MS = 3_600_000;
const act = fc.record({
  what: fc.constantFrom('accept', 'accept', 'accept', 'renew', 'mark', 'unmark', 'sweep', 'window', 'fold', 'reopen'),
  i: fc.integer({ min: 1, max: 12 }),
  client: fc.constantFrom('edit', 'other'),
});
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

function lineOf({ what, i, client }: Act, at: number): Unnumbered | undefined {
  const prune = `prn_${i % 3}`;
  const objects = [`data/${name(i)}`];
  if (what === 'accept')
    return { kind: 'accepted', at, client, type: 'data', object: name(i), bytes: i, lockedUntil: at + i };
  if (what === 'renew') return { kind: 'renewed', at, until: at + i * 100 };
  if (what === 'mark') return { kind: 'marked', at, prune, client, objects, notBefore: at + i };
  if (what === 'unmark') return { kind: 'unmarked', at, prune };
  if (what === 'sweep') return { kind: 'swept', at, prune, objects: [`${client}/data/${name(i)}`] };
  return what === 'window' ? { kind: 'window', at, until: at + i } : undefined;
}

test('whatever is done, folded whenever, opened again whenever: the table is that of all lines, and the chain holds from the first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
      const where = mkdtempSync(join(folder, 'run-'));
      let now = await opened(where);
      const plain = new Holdings();
      for (const [k, one] of acts.entries()) {
        const line = lineOf(one, k * HOUR_MS);
        if (line !== undefined) for (const done of await now.journal.append([line])) plain.apply(done);
        if (one.what === 'fold' && plain.n > 0) {
          const { n, at } = now.holdings;
          await now.journal.fold();
          plain.apply({ kind: 'folded', n: n + 1, at, table: '', past: '', pastFrom: 1 });
        }
        if (one.what === 'reopen') {
          await now.journal.close();
          now = await opened(where);
        }
        assert.equal(text(now.holdings), text(plain));
      }
      assert.equal((await auditJournal(where)).head, now.journal.head);
      await now.journal.close();
      const again = await opened(where);
      assert.equal(text(again.holdings), text(plain));
      await again.journal.close();
    }),
    { numRuns: 40 },
  );
});

/** Three folds, and lines after the last. */
async function folded(): Promise<{ readonly head: string; readonly table: string }> {
  const { holdings, journal } = await opened();
  for (let i = 1; i <= 40; i += 1) {
    const line = { kind: 'accepted', at: i, client: 'edit', type: 'data', object: name(i), bytes: i, lockedUntil: i };
    await journal.append([line as Unnumbered]); // spelled out above
    if (i % 12 === 0) await journal.fold();
  }
  await journal.close();
  return { head: journal.head, table: text(holdings) };
}

const files = (pattern: RegExp): readonly string[] =>
  readdirSync(folder)
    .filter((one) => pattern.test(one))
    .map((one) => join(folder, one));

test('one table is kept, every line is, and lines that come during a fold wait for it', async () => {
  const { head } = await folded();
  assert.equal(files(/^table-/).length, 1);
  assert.equal(files(/^past-/).length, 3);
  const audited = await auditJournal(folder);
  assert.deepEqual(audited, { lines: 43, head, folds: 3, objects: 40 });
  const { journal, holdings } = await opened();
  const heads = await Promise.all(Array.from({ length: 43 }, (_, i) => journal.headAt(i + 1)));
  assert.equal(heads.at(-1), head);
  assert.equal(new Set(heads).size, 43, 'of every line, also of those that were folded');
  assert.equal(await journal.headAt(44), undefined);
  const window = { kind: 'window', at: 99, until: 100 } as const;
  await Promise.all([journal.fold(), journal.append([window]), journal.fold(), journal.append([window])]);
  assert.equal((await auditJournal(folder)).head, journal.head);
  assert.equal(holdings.windowUntil, 100);
  await journal.close();
});

for (const what of ['flipped', 'emptied', 'removed'] as const) {
  test(`a table that was ${what} is made anew from the lines`, async () => {
    const { head, table } = await folded();
    for (const path of files(/^table-/)) spoil(path, what);
    await assert.rejects(auditJournal(folder), { code: 'journal-broken' });
    const { journal, holdings } = await opened();
    assert.equal(journal.head, head);
    assert.equal(text(holdings), table);
    await journal.close();
  });

  test(`past lines that were ${what} are found by whoever follows the chain; with the table gone too the vault does not open`, async () => {
    const { table } = await folded();
    for (const path of files(/^past-13-/)) spoil(path, what);
    await assert.rejects(auditJournal(folder), { code: 'journal-broken' });
    const { journal, holdings } = await opened();
    assert.equal(text(holdings), table);
    await journal.close();
    for (const path of files(/^table-/)) spoil(path, what);
    await assert.rejects(opened(), { code: 'journal-broken' });
  });
}

function spoil(path: string, what: 'flipped' | 'emptied' | 'removed'): void {
  if (what === 'removed') return rmSync(path);
  const bytes = readFileSync(path);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  writeFileSync(path, what === 'emptied' ? '' : bytes);
}

test('what a fold left that died before the switch is in nobody\u2019s way, and an old journal put back does not open over a newer table', async () => {
  await folded();
  const old = join(folder, 'old');
  copyFileSync(join(folder, 'journal.jsonl'), old);
  writeFileSync(join(folder, 'journal.jsonl.new'), '{"kind":');
  writeFileSync(join(folder, 'table-99.jsonl.zst.part'), 'half');
  const { journal } = await opened();
  await journal.fold();
  await journal.close();
  assert.deepEqual(files(/\.(new|part)$/), []);
  copyFileSync(old, join(folder, 'journal.jsonl'));
  for (const path of files(/^past-/)) rmSync(path);
  await assert.rejects(opened(), { code: 'journal-broken' });
});
