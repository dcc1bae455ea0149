/**
 * The same requests to our vault, to a model of the rules, and to `rclone serve restic --append-only`. What is named below is where we differ on
 * purpose, always towards no; anything else that differs fails.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { freePort } from '../../free-port.ts';
import { initialise, serveTestVault, sha256 } from './served-vault.ts';
import type { ServedVault } from './served-vault.ts';
import { until } from '../../until.ts';

const SEED = 20260105;
let world: ServedVault;
let rclone: ChildProcess | undefined;
let base = '';
let closed: Promise<unknown> = Promise.resolve();
const hasRclone = ((): boolean => {
  try {
    execFileSync('rclone', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

before(async () => {
  if (!hasRclone) return;
  world = await serveTestVault();
  await initialise(world);
  const port = await freePort();
  const folder = join(world.folder, 'rclone');
  mkdirSync(folder);
  const place = ['--append-only', '--addr', `127.0.0.1:${port}`, folder];
  rclone = spawn('rclone', ['serve', 'restic', '--config', '/dev/null', ...place], { stdio: 'ignore' });
  closed = new Promise((done) => rclone?.once('close', done));
  base = `http://127.0.0.1:${port}/edit/`;
  const answers = (): Promise<boolean> =>
    fetch(`${base}config`).then(
      () => true,
      () => false,
    );
  await until(answers, 'rclone answers');
  await fetch(`${base}?create=true`, { method: 'POST' });
  await fetch(`${base}config`, { method: 'POST', body: 'config' });
});
after(async () => {
  rclone?.kill('SIGTERM');
  await closed;
  if (hasRclone) await world.close();
});

interface Step {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'DELETE';
  readonly type: 'data' | 'index' | 'snapshots' | 'locks' | 'keys';
  readonly i: number;
  /** Sends other bytes than the name says. */
  readonly isLiar: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'POST', 'POST', 'DELETE'),
  type: fc.constantFrom('data', 'index', 'snapshots', 'locks', 'keys'),
  i: fc.nat(5),
  isLiar: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
});

interface Answer {
  readonly isYes: boolean;
  readonly body: string;
}

async function answerOf(response: Response, method: string): Promise<Answer> {
  const text = await response.text();
  return { isYes: response.ok, body: response.ok && method === 'GET' ? text : '' };
}

/** Where we say no and a peer may say yes. */
function isOurNo({ method, type, isLiar }: Step): boolean {
  return method === 'POST' && (isLiar || type === 'keys');
}

test(
  'restic\u2019s protocol, request by request, beside rclone',
  { skip: hasRclone ? undefined : 'no rclone' },
  async () => {
    let [same, ours, round] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 25 }), async (steps) => {
        round += 1;
        const isThere = new Set<string>();
        for (const one of steps) {
          const { method, type, i, isLiar } = one;
          const text = `object ${round} ${i}`;
          const name = sha256(text);
          const path = `${type}/${name}`;
          const body = method === 'POST' ? { body: isLiar ? `${text}!` : text } : {};
          const mine = await answerOf(await world.ask(method, `edit/${path}`, body), method);
          if (isOurNo(one)) {
            assert.equal(mine.isYes, false, `${method} ${path}`);
            ours += 1;
            continue; // the peer is not asked: its state would differ from then on
          }
          const theirs = await answerOf(await fetch(`${base}${path}`, { method, ...body }), method);
          const isRemoval = method === 'DELETE';
          if (isRemoval && type === 'locks' && !isThere.has(path)) assert.equal(mine.isYes, true, 'gone is gone');
          else assert.deepEqual(mine, theirs, `${method} ${path}, there: ${isThere.has(path)}`);
          same += 1;
          if (method === 'POST' && mine.isYes) isThere.add(path);
          if (isRemoval && mine.isYes) isThere.delete(path);
        }
      }),
      { numRuns: 14, seed: SEED },
    );
    assert.ok(same > 100 && ours > 20, `${same} the same, ${ours} ours`);
  },
);
