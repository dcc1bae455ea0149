/** The composed product with a warden beside it: rules of the model on a real gateway, and a path that ends although everything is killed. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { startProduct } from '../product/facility.ts';
import { ROOT } from '../source-files.ts';
import { endWithFile } from '../started.ts';
import { drawNetwork, newId, SCREEN, waitFor } from './guarded-facility.ts';
import type { LabHost } from './lab.ts';
import { createLab } from './lab.ts';
import { withoutNamespaces } from './namespaces.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import type { Command } from '#model/commands.ts';
import type { By } from '#model/events.ts';
import { Bug } from '#std/assert.ts';

const LIVES_MS = 4000;

test(
  'a path opens for a live session, and ends at its time with every process killed',
  { skip: withoutNamespaces() },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'picturelock-network-'));
    const lab = await createLab(3);
    const [seat, nas, broker] = lab.hosts as readonly [LabHost, LabHost, LabHost]; // as many as were asked for
    await seat.serve(SCREEN);
    const socket = join(folder, 'warden.sock');
    const wardenArgs = ['--socket', socket, '--netns', lab.router.name, '--state', join(folder, 'warden')];
    const warden = endWithFile(
      spawn(process.execPath, ['src/cli/main.ts', 'warden', ...wardenArgs], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
      ['stderr'],
    );
    for await (const line of createInterface({ input: warden.stdout })) if (line.includes('ready')) break;
    const product = await startProduct({ folder, args: ['--warden', socket] });
    const engine = await connectEngine(product.data);
    const session = engine.state().sessions.first();
    if (session === undefined) throw new Bug('the owner is signed in');
    const by: By = { person: session.person, session: session.id };
    const ask = async (command: Command, as: By = by): Promise<void> => {
      const answer = await engine.command(command, as);
      if (answer.kind === 'refused') throw new Bug(`${command.kind}: ${answer.message}`);
    };
    await drawNetwork(ask, session.person, [seat, nas, broker]);
    await ask({ kind: 'change-network-mode', mode: 'enforce' });
    const { network } = await waitFor(engine, (state) => state.network.apply !== undefined);
    if (network.apply !== undefined) await ask({ kind: 'confirm-apply', apply: network.apply.id });
    assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'ECONNREFUSED');

    const until = Date.now() + LIVES_MS;
    const ends = { from: broker.v4, to: seat.v4, protocol: 'tcp', port: SCREEN, until } as const;
    await ask({ kind: 'open-path', path: newId('path'), session: session.id, ...ends }, { service: 'gate-desktop' });
    while ((await broker.tryOpen(seat.v4, SCREEN)) !== 'open') assert.ok(Date.now() < until, 'the path opened');
    const screen = await broker.stream(seat.v4, SCREEN);
    await engine.close();
    product.killAll();
    warden.kill('SIGKILL');
    const { lastAt, error } = await screen.ended;
    assert.equal(error, 'ECONNRESET');
    assert.ok(lastAt <= until + 250, `the last byte came ${(lastAt - until).toFixed(0)} ms after the end`);
    assert.ok(lastAt >= until - 1000, 'and it was not cut for another reason');
    assert.equal(await broker.tryOpen(seat.v4, SCREEN), 'ECONNREFUSED');
    await lab.remove();
    rmSync(folder, { recursive: true, force: true });
  },
);
