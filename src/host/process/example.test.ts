/** The example is built by real commands over the real rules: if a rule changes, this says which line it breaks. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExample } from './example.ts';
import { createFileService } from '#gates/files/service.ts';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import { openLocalEngine } from '#engine/local.ts';
import { createClock } from '#host/clock.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { createRandom } from '#host/random.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { isRefused } from '#std/refused.ts';

test('the example facility is built whole, and building it twice is refused', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'picturelock-example-'));
  const [clock, random, keys] = [createClock(), createRandom(), openSubjectKeys(directory)];
  const engine = await openLocalEngine();
  const owner = makeId('person', random.bytes(ID_RANDOM_BYTES));
  const until = clock.now() + 365 * DAY_MS;
  await engine.command(
    {
      kind: 'create-facility',
      name: 'Harbour Post',
      timeZone: 'Europe/Lisbon',
      origin: 'harbourpost.example/audit',
      owner,
      ownerName: keys.seal(owner, 'Olive Owner'),
      ownerRolesUntil: until,
      exception: makeId('exception', random.bytes(ID_RANDOM_BYTES)),
    },
    { service: 'gate-portal' },
  );
  const session = makeId('session', random.bytes(ID_RANDOM_BYTES));
  const by = { person: owner, session };
  await engine.command(
    {
      kind: 'open-session',
      session,
      person: owner,
      gate: 'portal',
      until: clock.now() + HOUR_MS,
      factorAt: clock.now(),
    },
    { service: 'gate-portal' },
  );
  const workspaces = openWorkspaces(join(directory, 'workspaces'));
  const files = createFileService({ engine, workspaces, clock, random });
  const faults: unknown[] = [];
  const onFault = (fault: unknown): void => void faults.push(fault);
  const sessions = createRegistry({
    engine,
    clock,
    random,
    gate: 'portal',
    decide: decideSignIn,
    shape: 'visits',
    onFault,
  });
  const ports = { engine, keys, clock, random, files, sessions };
  const built = await buildExample(ports, by);
  assert.ok(!isRefused(built), isRefused(built) ? built.message : '');
  const state = engine.state();
  assert.equal(state.projects.size, 3);
  assert.equal(state.people.size, 14);
  assert.equal(state.engagements.size, 15);
  assert.equal([...state.requests.values()].filter((request) => request.state === 'open').length, 2);
  const kinds = async (kind: string) => (await engine.search({ kind, limit: 100 })).entries.map(({ entry }) => entry);
  assert.equal((await kinds('file.accepted')).length, 28);
  assert.deepEqual(
    (await kinds('file.set-aside')).map(({ about }) => about.path),
    ['incoming/camera-report.mov'],
  );
  assert.deepEqual([...state.sessions.keys()], [session], 'whoever put files there has left');
  const project = state.index.projectByAlias.get('nightjar');
  const plates = join(directory, 'workspaces', String(project), 'media', 'plates', 'sh010');
  assert.equal(readdirSync(plates).length, 12);
  assert.ok(isRefused(await buildExample(ports, by)));
  assert.deepEqual(faults, []);
  await sessions.close();
  await workspaces.close();
  await engine.close();
  rmSync(directory, { recursive: true });
});
