/** The data directory: made for its owner alone, and refused when others can enter it. */
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '#std/refused.ts';

const FOLDERS = ['ledger', 'index', 'keys', 'run', 'workspaces', 'recordings', 'vault'];
const OTHERS = 0o077;

export function prepareDataFolder(data: string): void {
  if (mkdirSync(data, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(data, 0o700);
  const { mode, uid } = statSync(data);
  if (process.getuid !== undefined && uid !== process.getuid())
    throw new Fault('not-the-owner', `${data} belongs to another account: run as that account.`);
  if ((mode & OTHERS) !== 0) throw new Fault('data-exposed', `Others can enter ${data}: run chmod 700 ${data}`);
  for (const folder of FOLDERS) mkdirSync(join(data, folder), { recursive: true, mode: 0o700 });
}
