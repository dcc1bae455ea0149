import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sameFile, sftp, ssh } from './clients.ts';
import { conformance } from './conformance.ts';
import { sshd, sshdWithNodeRelay } from './doors.ts';
import { buildWorld } from './world.ts';

conformance(sshd);

test('without a compiler the relay on Node does the same', async () => {
  const world = await buildWorld();
  const door = await sshdWithNodeRelay.open(world);
  try {
    const guest = await world.guest('assistant-editor', [[world.alpha, 3_600_000]]);
    writeFileSync(join(world.folder, 'a.dpx'), Buffer.concat([Buffer.from('SDPX'), randomBytes(3_000_000)]));
    const done = await sftp(world, guest, door, ['put a.dpx /alpha/incoming/a.dpx', 'get /alpha/incoming/a.dpx b.dpx']);
    assert.equal(done.code, 0, done.err);
    assert.ok(sameFile(join(world.folder, 'a.dpx'), join(world.folder, 'b.dpx')));
    assert.doesNotMatch((await ssh(world, guest, door, ['id'])).out, /uid=/);
  } finally {
    await door.close();
    await world.close();
  }
});
