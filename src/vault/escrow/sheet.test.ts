/** Sheets: what is sealed on them opens again, by us and by Python and OpenSSL as the runbook types it; what is mistyped or names a path is not written. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { joinShares, makeShares } from '#vault/escrow/shares.ts';
import { isKept, openSheet, SALT_BYTES, sealedLine } from '#vault/escrow/sheet.ts';
import { joinByHand, openByHand } from '#plan/runbook/by-hand.ts';
import { Fault } from '#std/refused.ts';

const VAULT = 'vlt_7jh8i96nee3ejga98vqw';
const password = randomBytes(32).toString('base64url');
const files = [
  { name: `${VAULT}.facility.credential`, bytes: Buffer.from('house:a token\n') },
  { name: `${VAULT}.ca.pem`, bytes: randomBytes(1500) },
];
const lines = files.map((file) => sealedLine(password, file, randomBytes(SALT_BYTES)));

test('what is sealed opens with the password, and with no other', () => {
  assert.deepEqual(openSheet(password, ['a heading', 'PLS1-2-1-00-00', ...lines].join('\n')), files);
  const wrong = ((): unknown => {
    try {
      return openSheet(`${password}x`, lines.join('\n'));
    } catch (cause) {
      return cause;
    }
  })();
  // Of 256 wrong keys one leaves a padding that looks right: then it is noise that comes out.
  if (wrong instanceof Fault) assert.equal(wrong.code, 'sheet-broken');
  else assert.notDeepEqual(wrong, files);
});

test('by hand, as the runbook types it: Python joins the shares, OpenSSL opens the lines', () => {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-sheet-'));
  try {
    for (const [need, shares] of [
      [2, 3],
      [3, 5],
    ] as const) {
      const texts = makeShares(Buffer.from(password), { need, shares }, randomBytes).slice(-need);
      assert.equal(joinShares(texts).toString(), password);
      const names = texts.map((text, index) => {
        writeFileSync(join(folder, `share-${index}.txt`), `${['any two', text, ...lines].join('\n')}\n`);
        return `share-${index}.txt`;
      });
      const script = [
        joinByHand(names, 'out.password'),
        ...files.map(({ name }) => openByHand(names[0] ?? '', name, 'out.password')),
      ];
      execFileSync('sh', ['-ec', script.join('\n')], { cwd: folder });
      assert.equal(readFileSync(join(folder, 'out.password'), 'utf8'), `${password}\n`);
      for (const { name, bytes } of files) assert.deepEqual(readFileSync(join(folder, name)), bytes);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('only what opens the facility’s own repository belongs on a sheet, and no line of one names a path', () => {
  const belongs = [`${VAULT}.credential`, `${VAULT}.facility.credential`, `${VAULT}.cert.pem`, `${VAULT}.key.pem`];
  const not = ['facility.password', `${VAULT}.prj_7jh8i96nee3ejga98vqw.credential`, `../${VAULT}.credential`, 'x.pem'];
  assert.deepEqual([belongs.every(isKept), not.some(isKept)], [true, false]);
  const planted = sealedLine(password, { name: `${VAULT}.credential`, bytes: Buffer.from('x') }, randomBytes(8));
  assert.deepEqual(openSheet(password, planted.replace(VAULT, `../${VAULT}`)), []);
  assert.throws(
    () => openSheet(password, planted.replace('U2FsdGVk', 'U2FsdGVX')),
    (cause) => cause instanceof Fault && cause.code === 'sheet-broken',
  );
});
