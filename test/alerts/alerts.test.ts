/** Alerts that really go out: a program that is run, an HTTP server that checks the signature; failures, restarts, and nothing told twice. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../until.ts';
import { openLocalEngine } from '#engine/local.ts';
import type { LocalEngine } from '#engine/local.ts';
import { createFacility, newId } from '#engine/test-facility.ts';
import { watchTroubles } from '#host/alerts/trouble-watch.ts';
import { levelWays, startAlerts } from '#host/alerts/alerts.ts';
import type { Alerts } from '#host/alerts/alerts.ts';
import { commandSender } from '#host/alerts/command-sender.ts';
import type { Sender } from '#host/alerts/sender.ts';
import { SIGNATURE_HEADER, webhookSender } from '#host/alerts/webhook-sender.ts';
import { createClock } from '#host/clock.ts';
import type { Command } from '#model/commands.ts';
import type { AlertMessage } from '#plan/alerts/alert-message.ts';
import { SETTLE_MS } from '#plan/alerts/trouble-news.ts';
import type { Trouble } from '#plan/backup/troubles.ts';
import type { VaultId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

interface Heard {
  readonly body: string;
  readonly signature: string;
}

let folder: string;
let engine: LocalEngine;
let server: Server;
let address: string;
let answers = 204;
const heard: Heard[] = [];
const open = new Set<Alerts>();

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'picturelock-alerts-'));
  engine = await openLocalEngine();
  await ask(createFacility(), 'gate-portal');
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      heard.push({ body, signature: String(request.headers[SIGNATURE_HEADER]) });
      response.writeHead(answers, { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const at = server.address();
  assert.ok(typeof at === 'object' && at !== null);
  address = file('address', `http://127.0.0.1:${at.port}/hook/of-a-secret-path\n`, 0o600);
});

after(async () => {
  for (const one of open) await one.close();
  server.closeAllConnections();
  server.close();
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

async function ask(command: Command, service = 'console'): Promise<void> {
  const answer = await engine.command(command, { service });
  assert.ok(!isRefused(answer), JSON.stringify(answer));
}

function file(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const webhook = (): Sender =>
  webhookSender({ addressFile: address, keyFile: join(folder, 'keys', 'hook.key'), now: () => Date.now() });

async function start(...senders: readonly Sender[]): Promise<Alerts> {
  const parts = { engine, clock: createClock(), senders, gatherMs: 20, againMs: 50, onTrouble: () => undefined };
  const alerts = await startAlerts(parts);
  open.add(alerts);
  return alerts;
}

async function stop(alerts: Alerts): Promise<void> {
  await alerts.close();
  open.delete(alerts);
}

async function doubtedVault(name: string): Promise<VaultId> {
  const vault = newId('vault');
  const place = { nature: 'local', address: 'https://vault.example/', locks: 'root', lockDays: 30 } as const;
  await ask({ kind: 'enrol-vault', vault, name, ...place });
  await ask({ kind: 'doubt-vault-clock', vault, says: 'two clocks disagree' }, 'gate-backup');
  return vault;
}

const messages = (): readonly AlertMessage[] => heard.map(({ body }) => JSON.parse(body) as AlertMessage); // alerts.ts sent it
const told = (): readonly string[] =>
  messages().flatMap(({ alerts }) => alerts.map(({ vault, kind }) => vault ?? kind));
const way = (which: 'command' | 'webhook') => engine.state().alerts.ways.get(which);

test('a webhook gets what happened, signed; the ledger knows its host and not its path', async () => {
  const alerts = await start(webhook());
  await doubtedVault('first');
  await until(() => way('webhook')?.sentAt !== undefined, 'the record of what was sent');
  assert.deepEqual(told(), ['first']);
  const [{ body, signature } = { body: '', signature: '' }] = heard;
  const [, at = '', hex = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const key = readFileSync(join(folder, 'keys', 'hook.key'), 'utf8').trim();
  assert.equal(hex, createHmac('sha256', key).update(`${at}.${body}`).digest('hex'));
  const { entries } = await engine.search({ kind: 'alert.', limit: 50 });
  assert.doesNotMatch(JSON.stringify(entries), /of-a-secret-path/);
  await stop(alerts);
});

test('what happens while nobody tells is told after a restart, and nothing twice', async () => {
  await doubtedVault('meanwhile');
  await doubtedVault('and this');
  const alerts = await start(webhook());
  await until(() => told().length === 3, 'both');
  assert.deepEqual(told(), ['first', 'meanwhile', 'and this']);
  assert.equal(messages().length, 2, 'what happened together went together');
  await until(() => (way('webhook')?.upTo ?? 0) >= (messages().at(-1)?.upTo ?? 0), 'its record');
  await stop(alerts);
  const again = await start(webhook());
  await doubtedVault('last');
  await until(() => told().includes('last'), 'the next');
  assert.deepEqual(told().slice(3), ['last']);
  await stop(again);
});

test('a receiver that says no is asked again; a redirect is a no; the failure stands until it takes it', async () => {
  answers = 302;
  const before = heard.length;
  const alerts = await start(webhook());
  await doubtedVault('refused');
  await until(() => way('webhook')?.failing !== undefined, 'the failure on record');
  assert.equal(way('webhook')?.failing?.code, 'http-302');
  answers = 200;
  await until(() => way('webhook')?.failing === undefined, 'the end of the failure');
  assert.ok(heard.length - before >= 2);
  const tries = messages().slice(before);
  assert.equal(new Set(tries.map(({ upTo }) => upTo)).size, 1, 'each try can be told as the same');
  await stop(alerts);
});

test('a test goes at once, whatever pause a failure has', async () => {
  answers = 500;
  const parts = { engine, clock: createClock(), senders: [webhook()], gatherMs: 1, againMs: 3_600_000 };
  const alerts = await startAlerts({ ...parts, onTrouble: () => undefined });
  open.add(alerts);
  await doubtedVault('pausing');
  await until(() => way('webhook')?.failing?.code === 'http-500', 'the failure on record');
  answers = 204;
  await ask({ kind: 'test-alert' });
  await until(() => told().includes('alert.test-asked'), 'the test');
  await stop(alerts);
});

test('a command is run with the message on its input; it and the webhook are told each for itself', async () => {
  const kept = join(folder, 'kept');
  const program = file('tell', `#!/bin/sh\n[ -e ${folder}/no ] && exit 7\ncat >> ${kept}\n`, 0o700);
  writeFileSync(join(folder, 'no'), '');
  const alerts = await start(commandSender(program), webhook());
  await doubtedVault('both');
  await until(() => way('command')?.failing?.code === 'exit-7', 'the failure of the command');
  await until(() => told().includes('both'), 'the webhook all the same');
  rmSync(join(folder, 'no'));
  await until(() => existsSync(kept) && /both/.test(readFileSync(kept, 'utf8')), 'the command');
  const [message] = readFileSync(kept, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AlertMessage);
  assert.deepEqual(
    message?.alerts.map(({ kind, vault, page }) => [kind, vault, page]),
    [['vault.clock-doubted', 'both', '/facility/backups/vaults']],
  );
  await stop(alerts);
});

test('what backup status names goes out when it has stood for a while, once over a restart, and its end is on record', async () => {
  await levelWays(engine, [webhook()]);
  let now = Date.now();
  let troubles: readonly Trouble[] = [{ code: 'escrow-missing', weight: 'look', says: 'never shared', next: 'share' }];
  const parts = { engine, clock: { ...createClock(), now: () => now }, onTrouble: assert.ifError };
  const watch = () => watchTroubles({ ...parts, lookEveryMs: 3_600_000, troubles: () => troubles });
  for (let start = 0; start < 2; start += 1) {
    const one = watch();
    await one.look();
    now += SETTLE_MS;
    await one.look();
    await one.close();
  }
  const entries = async () => {
    const found = await engine.search({ kind: 'backup.trouble', limit: 9 });
    return found.entries.map(({ entry }) => entry.kind);
  };
  assert.deepEqual(await entries(), ['backup.trouble']);
  const alerts = await start(webhook());
  await until(() => told().includes('backup.trouble'), 'the trouble');
  troubles = [];
  const one = watch();
  await one.look();
  await one.close();
  await stop(alerts);
  assert.deepEqual(new Set(await entries()), new Set(['backup.trouble', 'backup.trouble-over']));
});

test('a command that hangs is ended with what it started, and counts as a failure', async () => {
  const program = file('hang', `#!/bin/sh\nsleep 600 &\necho $! > ${folder}/child\nwait\n`, 0o700);
  await assert.rejects(commandSender(program, 300).send('{}', new AbortController().signal), { code: 'timeout' });
  const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
  await until(
    () => !existsSync(`/proc/${child}`) || /\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8')),
    'its end',
  );
});

test('a program that others may change, and an address that others may read or that is not https, are refused', () => {
  for (const [name, mode, why] of [
    ['open', 0o722, /changed by others/],
    ['dead', 0o600, /can’t be run/],
  ] as const)
    assert.throws(() => commandSender(file(name, '#!/bin/sh\n', mode)), { code: 'alert-command', message: why });
  assert.throws(() => commandSender(join(folder, 'nowhere')), { code: 'alert-command' });
  const hook =
    (text: string, mode = 0o600) =>
    () =>
      webhookSender({ addressFile: file('bad', text, mode), keyFile: join(folder, 'k'), now: () => 0 });
  assert.throws(hook('https://hooks.example/x', 0o644), { code: 'alert-webhook', message: /read by others/ });
  assert.throws(hook('http://hooks.example/x'), { code: 'alert-webhook', message: /not https/ });
  assert.throws(hook('https://me:secret@hooks.example/x'), { code: 'alert-webhook', message: /user or a password/ });
  assert.throws(hook('nonsense'), { code: 'alert-webhook', message: /no address/ });
});

test('switched off, nothing is kept and the ledger says so', async () => {
  await levelWays(engine, []);
  assert.deepEqual([engine.state().alerts.ways.size, engine.state().alerts.matters.size], [0, 0]);
  const { entries } = await engine.search({ kind: 'alert.ways-set', limit: 1 });
  assert.deepEqual(entries[0]?.entry.data, { ways: [] });
});
