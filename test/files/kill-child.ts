/** A gate process that uploads without end, until it is killed. It says on stdout what it was told is safe: `<path> <sha256>`. */
import { randomInt } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createFileService } from '#gates/files/service.ts';
import { createClock } from '#host/clock.ts';
import { createRandom } from '#host/random.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import type { FileActor } from '#ports/files.ts';
import type { PersonId, ProjectId, SessionId } from '#std/ids.ts';
import { movie, must } from './world.ts';

const [data, folder, project, person, session, round] = process.argv.slice(2) as [
  string,
  string,
  ProjectId,
  PersonId,
  SessionId,
  string,
]; // given by the test
const engine = await connectEngine(data);
const files = createFileService({
  engine,
  workspaces: openWorkspaces(folder),
  clock: createClock(),
  random: createRandom(),
});
const actor: FileActor = { person, session, gate: 'portal' };
await files.recover();
writeSync(1, 'started\n');

async function uploadForEver(lane: number): Promise<never> {
  for (let count = 0; ; count += 1) {
    const path = `incoming/${round}-${lane}-${count}.mov`;
    const bytes = movie(randomInt(1000, 400_000));
    const handle = must(await files.openWrite(actor, project, path, { sizeBytes: bytes.byteLength }));
    for (let at = 0; at < bytes.byteLength; at += 50_000) await handle.write(bytes.subarray(at, at + 50_000), at);
    const { sha256 } = must(await handle.finish());
    writeSync(1, `${path} ${sha256}\n`);
    if (count % 4 === 3) must(await files.move(actor, project, path, path.replace('.mov', '-moved.mov')));
  }
}

await Promise.all([0, 1, 2, 3].map(uploadForEver));
