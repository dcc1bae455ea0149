/** `kill -9` of a gate under load: what it said is safe is there, what is there is in the ledger, and nothing is half. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { serveEngine } from '#host/engine-socket/server.ts';
import { endWithFile } from '../started.ts';
import { buildWorld, random } from './world.ts';
import type { Guest, World } from './world.ts';

const KILLS = Number(process.env['PICTURELOCK_KILLS'] ?? 10);

test(`${KILLS} kills under load`, async () => {
  const data = mkdtempSync(join(tmpdir(), 'picturelock-kill-'));
  const world = await buildWorld();
  const server = await serveEngine(world.engine, data, random);
  try {
    const editor = await world.guest('assistant-editor');
    const safe = new Map<string, string>();
    for (let round = 0; round < KILLS; round += 1) await runAndKill(world, editor, data, round, safe);
    const { files } = await world.restartFiles();
    await files.recover();
    assert.ok(safe.size >= KILLS, 'it was really under load');
    check(world, safe);
  } finally {
    await server.close();
    await world.close();
    rmSync(data, { recursive: true, force: true });
  }
});

/** Kills some uploads in, at a moment that moves through the life of the next one. */
async function runAndKill(
  world: World,
  editor: Guest,
  data: string,
  round: number,
  safe: Map<string, string>,
): Promise<void> {
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'kill-child.ts'),
      data,
      world.folder,
      world.alpha,
      editor.person,
      editor.session.id,
      String(round),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  endWithFile(child, ['stderr']);
  let text = '';
  const exited = new Promise((resolve) => child.once('close', resolve));
  const started = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (text.split('\n').length - 2 > round % 4) resolve();
    });
    child.once('exit', () => reject(new Error('the gate ended by itself')));
  });
  await started;
  await new Promise((resolve) => setTimeout(resolve, round * 3));
  child.kill('SIGKILL');
  await exited;
  for (const line of text.split('\n').slice(1, -1)) {
    const [path = '', sha256 = ''] = line.split(' ');
    safe.set(path, sha256);
  }
}

function check(world: World, safe: ReadonlyMap<string, string>): void {
  const folder = world.place('incoming');
  const there = new Map(
    readdirSync(folder).map((name) => [
      `incoming/${name}`,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
  const accepted = new Map(world.entries('file.accepted').map((entry) => [entry.about.path ?? '', entry.data.sha256]));
  assert.equal(accepted.size, world.entries('file.accepted').length, 'accepted once each');
  for (const [path, sha256] of safe) {
    assert.equal(there.get(path) ?? there.get(path.replace('.mov', '-moved.mov')), sha256, `${path} was promised`);
    assert.equal(accepted.get(path), sha256, `${path} is in the ledger`);
  }
  for (const [path, sha256] of there)
    assert.equal(accepted.get(path.replace('-moved', '')), sha256, `${path} is whole and in the ledger`);
}
