/**
 * A vault on another machine: the ledger hears of everything by asking, and believes nothing that the pinned key did not sign; a removal needs two
 * people's signatures that the vault itself checks, made by ssh-keygen as people make them.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { sign as signBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openFacilityOfTwo } from './facility-of-two.ts';
import type { FacilityOfTwo } from './facility-of-two.ts';
import { DAY_MS, enrol, serveTestVault, START, tokenOf } from './served-vault.ts';
import type { ServedVault } from './served-vault.ts';
import { addApprover } from '#host/vault/approver-book.ts';
import { openClientBook } from '#host/vault/client-book.ts';
import { askVault } from '#host/vault/control.ts';
import { followOnce } from '#host/vault/follow.ts';
import type { Door, FollowParts } from '#host/vault/follow.ts';
import { openDoor } from '#host/vault/follow-door.ts';
import { openVaultIdentity } from '#host/vault/vault-identity.ts';
import type { VaultStatus } from '#host/vault/vault-status.ts';
import type { DataOf } from '#model/events.ts';

let facility: FacilityOfTwo;
let world: ServedVault;
let parts: FollowParts;
beforeEach(async () => {
  facility = await openFacilityOfTwo();
  world = await serveTestVault([{}, { name: 'ledger', follows: true, quotaBytes: 0 }]);
  await enrol(world);
  const { engine, vault, now } = facility;
  const { fingerprint: identity } = openVaultIdentity(world.root);
  parts = { engine, vault, door: door(), identity, progressPath: join(world.folder, 'follow.json'), now };
});
afterEach(async () => {
  await world.close();
  await facility.engine.close();
});

const door = (): Door =>
  openDoor({ url: `http://127.0.0.1:${world.service.port}/`, credential: `ledger:${tokenOf('ledger')}` });
const follow = () => followOnce({ ...parts, door: door() });

async function entries<K extends 'vault.accepted' | 'vault.grew' | 'vault.refused' | 'vault.locks-extended'>(
  kind: K,
): Promise<readonly DataOf<K>[]> {
  const { entries: found } = await facility.engine.search({ kind, limit: 500 });
  return found.toReversed().map(({ entry }) => entry.data as DataOf<K>); // by its kind
}

async function receipts(): Promise<readonly string[]> {
  return (await entries('vault.accepted')).flatMap(({ rows }) => rows.map(({ object }) => object));
}

test('every object is a receipt, in order, once; refusals by their number; renewals; over restarts of both', async () => {
  const names = ['config'];
  for (let i = 0; i < 205; i += 1) names.push((await world.put('data', `picture ${i}`)).name);
  for (let i = 0; i < 3; i += 1) await world.ask('DELETE', `edit/data/${names[1]}`);
  assert.equal((await follow()).rows, 206);
  assert.equal((await follow()).rows, 0);
  assert.deepEqual(await receipts(), names);
  await world.ask('DELETE', `edit/data/${names[1]}`);
  await world.service.vault.renew(30);
  await follow();
  const times = (await entries('vault.refused')).map((one) => one.times);
  assert.deepEqual(times, [3, 1]);
  assert.partialDeepStrictEqual(await entries('vault.locks-extended'), [
    { objects: 206, lockedUntil: START + 30 * DAY_MS },
  ]);
  await world.again();
  await world.ask('DELETE', `edit/data/${names[1]}`);
  const more = await world.put('data', 'one more');
  await follow();
  assert.equal((await receipts()).at(-1), more.name);
  assert.equal((await entries('vault.refused')).length, 3);
  assert.equal((await entries('vault.locks-extended')).length, 1, 'a renewal is told once');
});

test('who follows stores nothing and reads no repository, and nobody else reads reports', async () => {
  const { name } = await world.put('data', 'picture');
  for (const path of [`edit/data/${name}`, 'edit/config', 'ledger/config', '-/report?after=x', '-/'])
    assert.equal((await world.ask('GET', path, { client: 'ledger' })).status, 404, path);
  assert.equal((await world.ask('POST', 'ledger/config', { client: 'ledger', body: 'config' })).status, 404);
  for (const client of ['edit', 'nobody'])
    assert.ok((await world.ask('GET', '-/report?after=0&renewed=0&line=0', { client })).status >= 401, client);
});

test('a report that somebody changed, another vault, and a journal that went back are told apart', async () => {
  await world.put('data', 'one');
  await world.put('data', 'two');
  const honest = door();
  const lying: Door = {
    ...honest,
    async report(asked) {
      const report = await honest.report(asked);
      return { ...report, body: Buffer.from(report.body.toString().replace('"bytes":3', '"bytes":4')) };
    },
  };
  await assert.rejects(followOnce({ ...parts, door: lying }), { code: 'bad-signature' });
  await assert.rejects(followOnce({ ...parts, identity: '0'.repeat(64) }), { code: 'other-vault' });
  assert.deepEqual(await receipts(), [], 'nothing of it is in the ledger');
  await follow();
  const path = join(world.root, 'journal.jsonl');
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  writeFileSync(path, `${lines.slice(0, -2).join('\n')}\n`);
  await world.again(); // it takes the whole objects up again, under the same numbers
  await assert.rejects(follow(), { code: 'vault-went-back' });
  await assert.rejects(follow(), { code: 'vault-went-back' });
  const said = (await entries('vault.refused')).filter(({ code }) => code === 'journal-went-back');
  assert.equal(said.length, 1, 'and it is on record once');
});

test('clocks: the ledger\u2019s word and other machines raise a doubt, which is on record, freezes removals and stays', async () => {
  await follow();
  assert.equal((await world.service.vault.now()).doubt, undefined);
  // Both clocks of the vault's machine run fast together, as a hypervisor can have them.
  world.pass(DAY_MS);
  await follow();
  await follow();
  assert.match((await world.service.vault.now()).doubt ?? '', /another machine's clock differs by -86400 s/);
  assert.match(facility.engine.state().backups.vaults.get(facility.vault)?.clockDoubt ?? '', /another machine/);
  facility.pass(DAY_MS);
  await follow();
  assert.ok((await world.service.vault.now()).doubt !== undefined, 'no clock ends a doubt');
  await askVault(world.root, { verb: 'trust-clock' });
  await askVault(world.root, { verb: 'heard-clock', source: 'second site', at: START + 2 * DAY_MS });
  assert.match((await world.service.vault.now()).doubt ?? '', /differs/);
});

test('what a second vault found at the first is an entry with each change, and an older vault’s report is read', async () => {
  const honest = door();
  const { key } = openVaultIdentity(world.root);
  const pulled = { count: 2, findings: [{ code: 'gone', object: 'house/edit/data/aa' }] };
  let says: object = { pulled };
  const telling: Door = {
    ...honest,
    async report(asked) {
      const report = await honest.report(asked);
      const body = Buffer.from(JSON.stringify({ ...JSON.parse(report.body.toString()), ...says })); // an object, as it was sent
      return { ...report, body, signature: signBytes(null, body, key).toString('base64') };
    },
  };
  const found = () => facility.engine.state().backups.vaults.get(facility.vault)?.pullFound;
  for (const [next, stands] of [
    [{ pulled }, pulled],
    [{ pulled }, pulled],
    [{}, pulled],
    [{ pulled: { count: 0, findings: [] } }, undefined],
  ] as const) {
    says = next;
    await followOnce({ ...parts, door: telling });
    assert.deepEqual(found(), stands);
  }
  const { entries: told } = await facility.engine.search({ kind: 'vault.pull-found', limit: 9 });
  assert.equal(told.length, 2);
  says = { pulled: { count: 9, findings: Array.from({ length: 9 }, () => pulled.findings[0]) } };
  await assert.rejects(followOnce({ ...parts, door: telling }), 'more names than it may have');
});

interface Removal {
  readonly file: string;
  readonly objects: readonly string[];
}

function key(name: string): string {
  const path = join(world.folder, 'keys', name);
  mkdirSync(join(world.folder, 'keys'), { recursive: true });
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', path]);
  return path;
}

function sign(path: string, file: string, namespace = 'removal@picturelock'): string {
  execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', namespace, '-f', path, file], { stdio: 'ignore' });
  const signature = readFileSync(`${file}.sig`, 'utf8');
  execFileSync('rm', [`${file}.sig`]);
  return signature;
}

async function removal(changes: Readonly<Record<string, unknown>> = {}): Promise<Removal> {
  const [snapshot, pack] = [await world.put('snapshots', 'old'), await world.put('data', 'pack')];
  const objects = [`snapshots/${snapshot.name}`, `data/${pack.name}`];
  const file = join(world.folder, 'removal.json');
  const made = {
    kind: 'picturelock-removal',
    vault: parts.identity,
    prune: 'delivered-2026',
    client: 'edit',
    reason: 'delivered',
    snapshots: [snapshot.name],
    bytes: 4,
    until: START + 30 * DAY_MS,
    objects,
    ...changes,
  };
  writeFileSync(file, JSON.stringify(made));
  return { file, objects };
}

const mark = (file: string, signatures: readonly string[]) =>
  askVault(world.root, {
    verb: 'mark-signed',
    file: readFileSync(file).toString('base64'),
    signatures: [...signatures],
  });

/** One day for the vault and the ledger; the ledger is heard. */
async function day(days = 1, isHeard = true): Promise<void> {
  for (let i = 0; i < days; i += 1) {
    world.pass(DAY_MS);
    facility.pass(DAY_MS);
    if (isHeard) await follow();
    await world.service.round();
  }
}

const isHeld = (object: string): boolean => {
  const [type, name = ''] = object.split('/');
  return world.service.vault.holdings.get('edit', type as 'data', name) !== undefined; // of `removal`
};

test('a removal that two people signed: the vault checks who, what and when by itself, and waits by its own time', async () => {
  const [anna, ben, eve] = [key('anna'), key('ben'), key('eve')];
  addApprover(world.root, 'anna', readFileSync(`${anna}.pub`, 'utf8'));
  addApprover(world.root, 'anna', readFileSync(`${key('anna-2')}.pub`, 'utf8'));
  addApprover(world.root, 'ben', readFileSync(`${ben}.pub`, 'utf8'));
  const { file, objects } = await removal();
  const [byAnna, byBen] = [sign(anna, file), sign(ben, file)];
  const refusals = [
    [[byAnna], 'not-approved'],
    [[byAnna, byAnna], 'not-approved'],
    [[byAnna, sign(join(world.folder, 'keys', 'anna-2'), file)], 'not-approved'],
    [[byAnna, sign(eve, file)], 'unknown-approver'],
    [[byAnna, sign(ben, file, 'git')], 'bad-signature'],
    [[byAnna, byBen.replace(/[A-Z]/, (one) => one.toLowerCase())], 'bad-signature'],
  ] as const;
  for (const [signatures, code] of refusals) await assert.rejects(mark(file, signatures), { code });
  const changed = readFileSync(file, 'utf8');
  writeFileSync(file, changed.replace('"bytes":4', '"bytes":400'));
  await assert.rejects(mark(file, [byAnna, byBen]), { code: 'bad-signature' });
  writeFileSync(file, changed);
  await mark(file, [byAnna, byBen]);
  await assert.rejects(mark(file, [byAnna, byBen]), { code: 'already-used' });
  await follow();
  await day(29);
  assert.ok(objects.every(isHeld), 'the locks are not over');
  await day(2);
  assert.ok(!objects.some(isHeld));
});

test('a file for another vault, one that is too old, other snapshots, more bytes: signed or not, nothing is set aside', async () => {
  const [anna, ben] = [key('anna'), key('ben')];
  for (const [name, path] of [
    ['anna', anna],
    ['ben', ben],
  ] as const)
    addApprover(world.root, name, readFileSync(`${path}.pub`, 'utf8'));
  for (const [changes, code] of [
    [{ vault: 'f'.repeat(64) }, 'other-vault'],
    [{ until: START - 1 }, 'too-late'],
    [{ snapshots: [] }, 'not-approved'],
    [{ bytes: 3 }, 'not-approved'],
    [{ client: 'other' }, 'not-held'],
    [{ objects: ['config/'] }, 'not-held'],
    [{ force: true }, 'bad-removal'],
  ] as const) {
    const { file } = await removal(changes);
    await assert.rejects(mark(file, [sign(anna, file), sign(ben, file)]), { code }, JSON.stringify(changes));
  }
  assert.equal(world.service.vault.holdings.marked().size, 0);
});

async function signedByTwo(): Promise<Removal> {
  const [anna, ben] = [key('anna'), key('ben')];
  addApprover(world.root, 'anna', readFileSync(`${anna}.pub`, 'utf8'));
  addApprover(world.root, 'ben', readFileSync(`${ben}.pub`, 'utf8'));
  const made = await removal();
  await mark(made.file, [sign(anna, made.file), sign(ben, made.file)]);
  return made;
}

test('an alarm in the ledger, and a ledger that is not heard any more, stop what was signed too', async () => {
  const { objects } = await signedByTwo();
  await facility.alarm();
  await day(90);
  assert.ok(objects.every(isHeld), 'an alarm is open');
  await world.again();
  await day(10, false);
  assert.ok(objects.every(isHeld), 'nothing was heard since the vault started');
});

test('a legal hold in the ledger keeps what two people signed for, at marking and at the sweep, while it stands', async () => {
  const [anna, ben] = [key('anna'), key('ben')];
  addApprover(world.root, 'anna', readFileSync(`${anna}.pub`, 'utf8'));
  addApprover(world.root, 'ben', readFileSync(`${ben}.pub`, 'utf8'));
  const kept = await world.put('snapshots', 'of the held project');
  const placeHold = await facility.project(kept.name);
  const more = `data/${(await world.put('data', 'more')).name}`;
  const until = START + 90 * DAY_MS;
  const another = join(world.folder, 'another.json');
  renameSync((await removal({ prune: 'another', objects: [more], snapshots: [], until })).file, another);
  const { file, objects } = await removal();
  await mark(file, [sign(anna, file), sign(ben, file)]);
  await placeHold();
  await day(60);
  assert.ok(objects.every(isHeld), 'marked before the hold, and kept by it');
  const signed = [sign(anna, another), sign(ben, another)];
  await assert.rejects(mark(another, signed), { code: 'legal-hold' });
  // The same sweep without a hold: nothing else kept it.
  const [swept] = await world.service.vault.sweep(new Set(['delivered-2026']));
  assert.equal(swept?.objects, 2);
});

test('what the ledger declines comes back, and cannot be begun again with the same signatures', async () => {
  const { engine, ask, second } = facility;
  const prune = await facility.askPrune([], 4);
  const [anna, ben] = [key('anna'), key('ben')];
  addApprover(world.root, 'anna', readFileSync(`${anna}.pub`, 'utf8'));
  addApprover(world.root, 'ben', readFileSync(`${ben}.pub`, 'utf8'));
  const { file, objects } = await removal({ prune });
  const signatures = [sign(anna, file), sign(ben, file)];
  await mark(file, signatures);
  await ask({ kind: 'decline-prune', prune, reason: 'not this one' }, second);
  await day(1);
  assert.equal(world.service.vault.holdings.marked().size, 0);
  assert.ok(objects.every(isHeld));
  await assert.rejects(mark(file, signatures), { code: 'already-used' });
  assert.equal(engine.state().backups.prunes.get(prune)?.standing, 'declined');
});

test('what was removed after the ledger approved it too is finished there', async () => {
  const [anna, ben] = [key('anna'), key('ben')];
  addApprover(world.root, 'anna', readFileSync(`${anna}.pub`, 'utf8'));
  addApprover(world.root, 'ben', readFileSync(`${ben}.pub`, 'utf8'));
  const prune = await facility.askPrune([], 4);
  await facility.ask({ kind: 'approve-prune', prune }, facility.second);
  const { file, objects } = await removal({ prune });
  await mark(file, [sign(anna, file), sign(ben, file)]);
  await day(33);
  assert.ok(!objects.some(isHeld));
  assert.equal(facility.engine.state().backups.prunes.get(prune)?.standing, 'finished');
});

test('a client that grows much within a day is on record, once a day', async () => {
  openClientBook(world.root).change('edit', { quotaBytes: 1000 });
  await world.put('data', 'a small beginning');
  world.pass(3 * DAY_MS);
  facility.pass(3 * DAY_MS);
  await world.put('data', 'x'.repeat(300));
  for (let i = 0; i < 3; i += 1) await follow();
  assert.deepEqual(await entries('vault.grew'), [{ client: 'edit', bytesToday: 300, bytes: 323, quotaBytes: 1000 }]);
  await world.put('data', 'y'.repeat(300));
  world.pass(DAY_MS / 2);
  facility.pass(DAY_MS / 2);
  await world.put('data', 'z'.repeat(250));
  for (let i = 0; i < 3; i += 1) await follow();
  world.pass(DAY_MS / 2);
  facility.pass(DAY_MS / 2);
  await follow();
  assert.equal((await entries('vault.grew')).length, 2);
});

test('its status says who it is, and whether a ledger is heard', async () => {
  const before = (await askVault(world.root, { verb: 'status' })) as VaultStatus; // our own server
  assert.equal(before.identity, parts.identity);
  assert.equal(before.hasLedger, false);
  await follow();
  assert.equal(((await askVault(world.root, { verb: 'status' })) as VaultStatus).hasLedger, true);
});
