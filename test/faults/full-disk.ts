/** A disk that is really full: a tmpfs of a few MiB, which needs root. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { checkAcks, engineLife, temporaryFolder } from './child.ts';
import { verifyLedger } from './verified.ts';

export const mayMount = process.platform === 'linux' && process.getuid?.() === 0;

export async function fillTheDisk(): Promise<{ readonly acks: number }> {
  const folder = temporaryFolder('full');
  const mount = join(folder.path, 'mount');
  mkdirSync(mount);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=20m', 'tmpfs', mount]);
  try {
    const data = join(mount, 'data');
    const full = engineLife(data, 1, 64);
    assert.equal(await full.ended, 3, `it ends by itself: ${full.faults.join(', ')}`);
    assert.deepEqual(full.faults.slice(0, 1), ['disk-full']);
    await checkAcks(data, full.acks);
    execFileSync('mount', ['-o', 'remount,size=80m', mount]);
    const after = engineLife(data, 2, 16);
    await after.acked(500);
    after.process.kill('SIGTERM');
    assert.equal(await after.ended, 0, after.faults.join(', '));
    await checkAcks(data, new Map([...full.acks, ...after.acks]));
    await verifyLedger(data);
    return { acks: full.acks.size };
  } finally {
    execFileSync('umount', ['-l', mount]);
    folder.remove();
  }
}
