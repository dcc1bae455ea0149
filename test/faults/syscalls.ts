/** The real engine under strace, which lets one write to the log fail, or kills the process in the middle of it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { ledgerFolders } from '#host/ledger/ledger-folders.ts';
import { checkAcks, CHILD, engineLife, startLife, temporaryFolder } from './child.ts';
import { verifyLedger } from './verified.ts';

export const hasStrace = spawnSync('strace', ['-V']).status === 0;

export type Injection = 'error=EIO' | 'error=ENOSPC' | 'signal=SIGKILL' | 'retval=1';

export interface InjectedFault {
  readonly file: 'segment' | 'checkpoints';
  readonly injection: Injection;
  /** The nth write to that file. */
  readonly when: number;
}

export async function injectFault({ file, injection, when }: InjectedFault): Promise<void> {
  const folder = temporaryFolder('strace');
  try {
    const before = engineLife(folder.path, 1);
    await before.acked(50);
    before.process.kill('SIGTERM');
    assert.equal(await before.ended, 0, before.faults.join(', '));

    const folders = ledgerFolders(folder.path);
    const path =
      file === 'segment' ? join(folders.log, 'segment-000000000000') : join(folders.checkpoints, 'checkpoints');
    const args = [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-P',
      path,
      '-e',
      'trace=pwrite64,fdatasync,fsync',
      '-e',
      `inject=pwrite64:${injection}:when=${when}`,
    ];
    const broken = startLife('strace', [...args, process.execPath, CHILD, folder.path, '2', '16']);
    const what = `${injection} at write ${when} of ${file}`;
    const end = await broken.ended;
    if (injection === 'signal=SIGKILL') assert.ok(end === 'SIGKILL' || end === 137, `${what}: ${end}`);
    else assert.equal(end, 3, `${what}: it ends by itself, said ${broken.faults.join(', ')}`);
    await checkAcks(folder.path, new Map([...before.acks, ...broken.acks]));

    const after = engineLife(folder.path, 3);
    await after.acked(50);
    after.process.kill('SIGTERM');
    assert.equal(await after.ended, 0, `${what}, then: ${after.faults.join(', ')}`);
    await checkAcks(folder.path, new Map([...before.acks, ...broken.acks, ...after.acks]));
    await verifyLedger(folder.path);
  } finally {
    folder.remove();
  }
}
