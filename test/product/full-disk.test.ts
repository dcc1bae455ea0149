/** The composed product on a disk that is really full: a clear answer, nothing acknowledged lost, and it goes on when there is room. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from '../../tool/demo/portal-client.ts';
import { run } from '../sftp/processes.ts';
import { filmAt, startProduct } from './facility.ts';
import { until } from '../until.ts';

const SMALL_MIB = 110;
const LARGE_MIB = 700;
const FILM_BYTES = 90_000_000;
const skip = process.getuid?.() === 0 && existsSync('/bin/mount') ? false : 'needs root to mount a small disk';

test(
  'uploads through both gates stop with a sentence, and finish when there is room',
  { skip, timeout: 120_000 },
  async () => {
    const [disk, apart] = [
      mkdtempSync(join(tmpdir(), 'picturelock-disk-')),
      mkdtempSync(join(tmpdir(), 'picturelock-apart-')),
    ];
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_MIB}m`, 'tmpfs', disk]);
    const product = await startProduct({ folder: disk });
    try {
      await product.project('alpha');
      const robin = await product.freelancer('alpha');
      const film = filmAt(join(apart, 'film.mov'), FILM_BYTES, randomBytes);
      const small = filmAt(join(apart, 'small.mov'), 500_000, randomBytes);
      await robin.client.upload('alpha', 'incoming/small.mov', join(apart, 'small.mov'));

      const answer = await robin.client
        .upload('alpha', 'incoming/film.mov', join(apart, 'film.mov'))
        .catch((cause: unknown) => cause);
      // The ledger is on the same disk: whichever of the two is refused its bytes first gives the answer.
      assert.ok(answer instanceof Refusal && [503, 507].includes(answer.status), String(answer));
      const first = await put(`put ${join(apart, 'film.mov')} /alpha/incoming/by-sftp.mov`);
      assert.notEqual(first.code, 0, 'what cannot be recorded does not begin');

      execFileSync('mount', ['-o', `remount,size=${LARGE_MIB}m`, disk]);
      await until(async () => (await put('ls /alpha')).code === 0, 'the SFTP gate answers');
      await until(
        () => robin.client.call('GET', '/projects/alpha').then(() => true),
        'the portal has its engine again, and she is still signed in',
      );
      await robin.client.upload('alpha', 'incoming/film-2.mov', join(apart, 'film.mov'));
      const second = await put(`put ${join(apart, 'film.mov')} /alpha/incoming/by-sftp.mov`);
      assert.equal(second.code, 0, second.err);
      for (const [path, bytes] of [
        ['incoming/small.mov', small],
        ['incoming/film-2.mov', film],
        ['incoming/by-sftp.mov', film],
      ] as const) {
        assert.equal((await robin.client.downloadHash('alpha', path)).sizeBytes, bytes.byteLength, path);
      }
      await assert.rejects(robin.client.downloadHash('alpha', 'incoming/film.mov'), 'no half file has its name');

      function put(command: string) {
        const options = [
          'StrictHostKeyChecking=no',
          `UserKnownHostsFile=${join(apart, 'known')}`,
          'IdentityAgent=none',
        ];
        const flags = options.flatMap((option) => ['-o', option]);
        const to = ['-P', String(product.sftp.port), '-b', '-', `robin@${product.sftp.host}`];
        return run('/usr/bin/sftp', ['-F', 'none', '-i', robin.keyPath, ...flags, ...to], { input: `${command}\n` });
      }
    } finally {
      await product.close();
      execFileSync('umount', ['-l', disk]);
      for (const folder of [disk, apart]) rmSync(folder, { recursive: true, force: true });
    }
  },
);
