/**
 * Storage at this machine, on the whole product with a warden and a real browser: this machine is declared as a workstation, and what the page
 * says is held against what the packet filter lists.
 */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { createNamespace, withoutNamespaces } from '../network/namespaces.ts';
import type { Namespace } from '../network/namespaces.ts';
import { ROOT } from '../source-files.ts';
import { endWithFile } from '../started.ts';
import { until } from '../until.ts';
import { findings, look, PHONE, startBrowser, visitor } from './browser.ts';
import type { Visitor } from './browser.ts';
import { linkOf, ownExample } from './owner.ts';
import { startFacility } from './running-facility.ts';
import type { RunningFacility } from './running-facility.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import type { Command, CommandOf } from '#model/commands.ts';
import { DAY_MS } from '#model/limits.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { HostId, Id, IdKind } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';

const skip = withoutNamespaces();
const NAS = '10.99.2.9';
let facility: RunningFacility;
let browser: Browser;
let engine: EngineClient;
let router: Namespace;
let folder: string;
let warden: ChildProcessByStdio<null, Readable, Readable>;
let artist: Visitor;
let owner: Visitor;
let desk: HostId;

function newId<K extends IdKind>(kind: K): Id<K> {
  return makeId(kind, randomBytes(ID_RANDOM_BYTES));
}

async function ask(command: Command): Promise<void> {
  const answer = await engine.command(command, { service: 'console' });
  assert.notEqual(answer.kind, 'refused', JSON.stringify(answer));
}

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), 'picturelock-share-'));
  router = createNamespace();
  const socket = join(folder, 'warden.sock');
  const args = ['warden', '--socket', socket, '--netns', router.name, '--state', join(folder, 'warden')];
  warden = endWithFile(
    spawn(process.execPath, ['src/cli/main.ts', ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] }),
    ['stderr'],
  );
  for await (const line of createInterface({ input: warden.stdout })) if (line.includes('ready')) break;
  [facility, browser] = await Promise.all([startFacility(['--warden', socket]), startBrowser()]);
  owner = await visitor(browser);
  await ownExample(owner, facility);
  engine = await connectEngine(facility.data);
  desk = await declareDesk();
  artist = await visitor(browser);
  await artist.page.goto(linkOf(facility, (roles) => roles.some((role) => role.startsWith('editor on'))));
  await artist.page.getByRole('link', { name: 'Open files' }).first().click();
});

after(async () => {
  await browser?.close();
  await engine?.close();
  await facility?.stop();
  warden?.kill('SIGTERM');
  router?.remove();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** This machine as a workstation, a storage machine, and the share between the two. */
async function declareDesk(): Promise<HostId> {
  const { people, projects } = engine.state();
  const [here, there] = [newId('zone'), newId('zone')];
  const [host, nas, service] = [newId('host'), newId('host'), newId('service')];
  const zone = { trust: 70, content: 'kept' as const };
  const answered = { owner: people.first()?.id ?? newId('person'), reviewBy: Date.now() + 90 * DAY_MS };
  const held = [...projects.keys()];
  await ask({
    kind: 'import-network',
    changes: [
      {
        kind: 'add-zone',
        ...zone,
        zone: here,
        name: 'Desks',
        networks: [{ cidr: '127.0.0.0/24' }],
        kinds: ['production'],
      },
      {
        kind: 'add-zone',
        ...zone,
        zone: there,
        name: 'Vaulted storage',
        networks: [{ cidr: '10.99.2.0/24' }],
        kinds: ['storage'],
      },
      { kind: 'add-host', host, zone: here, name: 'suite-07', role: 'workstation', addresses: ['127.0.0.1'] },
      { kind: 'add-host', host: nas, zone: there, name: 'nas-07', role: 'storage', addresses: [NAS], projects: held },
      {
        kind: 'define-service',
        service,
        name: 'smb for suites',
        plane: 'data',
        ports: [{ protocol: 'tcp', first: 445, last: 445 }],
      },
      {
        kind: 'add-flow',
        flow: newId('flow'),
        from: { kind: 'zone', zone: here },
        to: { kind: 'host', host: nas },
        service,
        class: 'share',
        reason: 'Media lies on it',
        ...answered,
      },
    ],
  });
  return host;
}

function card(page: Page) {
  return page.getByRole('region', { name: 'Storage at this machine' });
}

/** What the packet filter itself lists of the way to the storage. */
function isLoaded(): boolean {
  return router.run('nft', 'list', 'ruleset').includes(`127.0.0.1 . ${NAS} . 445`);
}

test('the card opens storage for this machine, says until when, and closes it', { skip }, async () => {
  const { page } = artist;
  await ask({ kind: 'change-network-mode', mode: 'observe' });
  await until(() => engine.state().network.apply !== undefined, 'the rules are loaded');
  const storage = card(page);
  await storage.getByText('Closed', { exact: true }).waitFor();
  await look(page, '160-storage-closed');
  await page.setViewportSize(PHONE);
  await look(page, '161-storage-closed-phone');
  await page.setViewportSize({ width: 1440, height: 900 });
  const open = storage.getByRole('button', { name: 'Open storage' });
  await open.focus();
  await page.keyboard.press('Enter');
  await storage.getByText('Open', { exact: true }).waitFor();
  await storage.getByText('nas-07 (tcp 445) is open for').waitFor();
  await storage.getByText('rules are not enforced (mode observe)').waitFor();
  assert.equal(isLoaded(), true, 'no sooner said than done');
  await look(page, '162-storage-open');

  await owner.page.goto(`${facility.origin}/facility/sessions`);
  await owner.page.getByText('to nas-07, tcp 445').waitFor();
  await look(owner.page, '163-sessions-with-share');

  await storage.getByRole('button', { name: 'Close storage' }).click();
  await storage.getByText('Closed', { exact: true }).waitFor();
  await until(() => !isLoaded(), 'the way is closed');
  const [cut] = [...engine.state().cuts.values()].filter(({ scope }) => scope.kind === 'session');
  await until(() => {
    const { receipts = [] } = (cut === undefined ? undefined : engine.state().cuts.get(cut.id)) ?? {};
    return new Set(receipts.map(({ gate }) => gate)).has('share');
  }, 'the share gate answered the cut');
});

test('what stands in the way is said with whom to ask, and nothing can be pressed', { skip }, async () => {
  const { page } = artist;
  const host = engine.state().hosts.get(desk);
  assert.ok(host !== undefined);
  const { id: _, ...data } = host;
  const change = (addresses: string[]): CommandOf<'import-network'> => ({
    kind: 'import-network',
    changes: [{ kind: 'change-host', host: desk, ...data, addresses, macs: undefined, projects: undefined }],
  });
  await ask(change(['127.0.0.77']));
  await page.reload();
  await card(page).getByText('127.0.0.1 is not the address of a machine that the facility knows.').waitFor();
  const open = card(page).getByRole('button', { name: 'Open storage' });
  assert.equal(await open.getAttribute('aria-disabled'), 'true');
  await look(page, '164-storage-refused');
  await ask(change(['127.0.0.1']));
});

test('the map says what is opened by session, and no page broke a rule of access', { skip }, async () => {
  const { page } = owner;
  await page.goto(`${facility.origin}/facility/network/map`);
  await page.getByText('Flows of class share let nothing pass by themselves').waitFor();
  await page.locator('.nw-drawing').getByText('smb for suites by session', { exact: true }).waitFor();
  await look(page, '165-map-with-share');
  assert.deepEqual(findings, []);
  assert.deepEqual([...artist.complaints, ...owner.complaints], []);
});
