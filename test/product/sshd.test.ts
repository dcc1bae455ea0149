/** `main.ts start --sshd`: stock OpenSSH and rclone through OpenSSH's own server, and a cut through it. Root starts sshd. */
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '../free-port.ts';
import { run } from '../sftp/processes.ts';
import { canSftp, watchSftp } from '../cut/clients.ts';
import { filmAt, startProduct } from './facility.ts';
import type { Freelancer, Product } from './facility.ts';

const USER = userInfo().username;
const FILM_BYTES = 40_000_000;
const LAST_BYTE_MS_MAX = 1_000;
const skip = process.getuid?.() === 0 ? false : 'only root can start sshd';

let product: Product;
before(async () => {
  if (skip !== false) return;
  product = await startProduct({ args: ['--sshd', `127.0.0.1:${await freePort()}`] });
  await product.project('alpha');
});
after(() => product?.close());

test('what answers is OpenSSH, with a post-quantum key exchange', { skip }, async () => {
  const robin = await product.freelancer('alpha');
  const spoken = await ssh(robin, ['-v', '-o', 'BatchMode=yes', `${USER}@127.0.0.1`, 'id']);
  assert.match(spoken.err, /remote software version OpenSSH/);
  assert.ok(spoken.err.includes(`Server host key: ssh-ed25519 ${product.hostKey}`), 'the key that was announced');
  assert.match(spoken.err, /kex: algorithm: (sntrup761x25519|mlkem768x25519)/);
  assert.doesNotMatch(spoken.out, /uid=/, 'and there is no shell behind it');
});

test('rclone copies up and down and finds no difference', { skip }, async () => {
  const robin = await product.freelancer('alpha');
  const place = dirname(robin.keyPath);
  const film = filmAt(join(place, 'rclone.mov'), 6_000_000, randomBytes);
  const remote = `:sftp,host=127.0.0.1,port=${product.sftp.port},user=${USER},key_file=${robin.keyPath},shell_type=none,set_modtime=false:`;
  const rclone = (...args: readonly string[]) =>
    run('/usr/bin/rclone', [...args, '--config', '/dev/null', '--retries', '1'], { env: { HOME: place } });
  const up = await rclone('copyto', join(place, 'rclone.mov'), `${remote}/alpha/incoming/rclone.mov`);
  assert.equal(up.code, 0, up.err);
  const down = await rclone('copyto', `${remote}/alpha/incoming/rclone.mov`, join(place, 'back.mov'));
  assert.equal(down.code, 0, down.err);
  assert.ok(readFileSync(join(place, 'back.mov')).equals(film));
});

test(
  'ending an engagement cuts a running transfer through sshd, with its receipt',
  { skip, timeout: 60_000 },
  async () => {
    const robin = await product.freelancer('alpha');
    const path = join(dirname(robin.keyPath), 'long.mov');
    filmAt(path, FILM_BYTES, randomBytes);
    await robin.client.upload('alpha', 'incoming/long.mov', path);
    const watched = await watchSftp(product.sftp, robin.keyPath, '/alpha/incoming/long.mov', USER);
    const orderedAt = Date.now();
    const cut = await product.end(robin.engagement);
    assert.equal(await watched.over, 'cut');
    assert.ok(watched.bytes() < FILM_BYTES, `${watched.bytes()} bytes came`);
    const ms = watched.lastByteAt() - orderedAt;
    assert.ok(ms <= LAST_BYTE_MS_MAX, `the last byte came ${ms} ms after the order`);
    const receipt = cut.receipts.find(({ gate }) => gate === 'sftp');
    assert.deepEqual(
      [cut.complete, receipt?.sessionCount, receipt?.probe.bytesStopped, receipt?.probe.accessRefused],
      [true, 1, true, true],
    );
    assert.equal(await canSftp(product.sftp, robin.keyPath, USER), false, 'and nobody comes back');
  },
);

function ssh(robin: Freelancer, args: readonly string[]) {
  const options = ['StrictHostKeyChecking=no', `UserKnownHostsFile=${robin.keyPath}.known`, 'IdentityAgent=none'];
  const flags = options.flatMap((option) => ['-o', option]);
  return run('/usr/bin/ssh', ['-F', 'none', '-i', robin.keyPath, '-p', String(product.sftp.port), ...flags, ...args]);
}
