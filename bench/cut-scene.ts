/** The scene of the cut: a facility of real processes, 900 downloads and 100 SFTP transfers, one `wrap-project`. Prints one JSON line. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { newId, openFacility } from '../test/cut/facility.ts';
import { hashToken } from '#api/identity/token.ts';
import { openSubjectKeys } from '#host/keys/subject-keys.ts';
import { DAY_MS, HOUR_MS } from '#model/limits.ts';
import { toBase64url } from '#std/bytes.ts';
import type { ProjectId, RoleId } from '#std/ids.ts';
import { randomBytes } from 'node:crypto';

const DOWNLOADS = 900;
const TRANSFERS = 100;
const AT_ONCE = 50;
const FLOW_MS = 3_000;
const LATER_MS = 1_000;

interface Report {
  readonly lastByteAt: readonly number[];
  readonly bytes: number;
  readonly open: number;
}

const facility = await openFacility();
const sealer = openSubjectKeys(facility.data);
const project = await facility.project('alpha');
const tokens = await inBatches(DOWNLOADS, () => signedIn(project));
const keys: string[] = [];
for (let made = 0; made < TRANSFERS; made += 1) keys.push((await facility.guest([[project, DAY_MS]])).keyPath);

const browsers = await client('cut-browsers.ts', {
  base: facility.portal,
  path: '/files/alpha/media/reel.mov',
  tokens,
});
const transfers = await client('cut-transfers.ts', { ...facility.sftp, path: '/alpha/media/reel.mov', keys });
const before = await Promise.all([report(browsers), report(transfers)]);
await pause(FLOW_MS);
const flowing = await Promise.all([report(browsers), report(transfers)]);
const bytesPerSecond = (total(flowing) - total(before)) / (FLOW_MS / 1000);

const cut = newId('cut');
await facility.do({ kind: 'wrap-project', project, cut });
const { orderedAt, receipts } = await facility.receipts(cut, 2);
await pause(LATER_MS);
const after = await Promise.all([report(browsers), report(transfers)]);
const late = (at: number): number => Math.max(0, at - orderedAt);

console.log(
  JSON.stringify({
    portalMs: after[0]?.lastByteAt.map(late),
    sftpMs: after[1]?.lastByteAt.map(late),
    bytesPerSecond,
    stillOpen: after.reduce((sum, { open }) => sum + open, 0),
    receiptMs: receipts.map(({ ms }) => ms),
    proven:
      receipts.every(({ probe }) => probe.bytesStopped && probe.accessRefused) &&
      receipts.reduce((sum, { sessionCount }) => sum + sessionCount, 0) === DOWNLOADS + TRANSFERS,
  }),
);
for (const one of [browsers, transfers]) one.kill();
await facility.close();
process.exit(0);

/** A person on the project who has signed in; the result is the cookie's token. */
async function signedIn(on: ProjectId): Promise<string> {
  const person = newId('person');
  const now = Date.now();
  await facility.do({ kind: 'add-person', person, nature: 'human', name: sealer.seal(person, 'Guest'), roles: [] });
  await facility.do({
    kind: 'give-engagement',
    engagement: newId('engagement'),
    person,
    project: on,
    role: 'editor' as RoleId,
    from: now,
    until: now + DAY_MS,
  }); // a built-in role
  const token = toBase64url(randomBytes(32));
  await facility.do(
    {
      kind: 'open-session',
      session: newId('session'),
      person,
      gate: 'portal',
      until: now + HOUR_MS,
      tokenHash: hashToken(token),
      factorAt: now,
    },
    { service: 'gate-portal' },
  );
  return token;
}

async function inBatches<T>(count: number, make: () => Promise<T>): Promise<readonly T[]> {
  const made: T[] = [];
  while (made.length < count)
    made.push(...(await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - made.length) }, make))));
  return made;
}

/** Resolves when every connection of the client process has had its first byte. */
async function client(file: string, task: object): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, file), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send({ kind: 'begin', task });
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error(`${file} ended before its connections flowed`)),
  );
  await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => undefined);
  return child;
}

async function report(child: ChildProcess): Promise<Report> {
  child.send({ kind: 'report' });
  const [answer] = (await once(child, 'message')) as [Report]; // our own process
  return answer;
}

function total(reports: readonly Report[]): number {
  return reports.reduce((sum, { bytes }) => sum + bytes, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
