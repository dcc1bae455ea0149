/**
 * The newest state of the fold in one file: a line with the program's version, the root and the SHA-256 of what follows, then the state as JSON. Whatever is
 * wrong with it, it is as if there were none; another version of the program may fold otherwise, and folds again.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { stateFromJson, stateToJson } from '#engine/state-json.ts';
import { syncFolder } from '#host/ledger/node-disk.ts';
import { sha256 } from '#host/ledger/frame.ts';
import type { State } from '#model/state.ts';
import type { Snapshot, Snapshots } from '#ports/snapshots.ts';
import { toHex, utf8 } from '#std/bytes.ts';
import type { Json } from '#std/canonical.ts';

const HEAD = /^picturelock-state (\S+) ([0-9a-f]{64}) ([0-9a-f]{64})$/;

export function openSnapshotFile(folder: string, empty: State, version: string): Snapshots {
  const path = join(folder, 'state.snapshot');
  return {
    load: async () => read(path, empty, version),
    async save({ state, root }) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const body = JSON.stringify(stateToJson(state));
      const file = await open(`${path}.tmp`, 'w', 0o600);
      try {
        await file.writeFile(`picturelock-state ${version} ${toHex(root)} ${toHex(sha256(utf8(body)))}\n${body}`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.tmp`, path);
      await syncFolder(folder);
    },
  };
}

function read(path: string, empty: State, version: string): Snapshot | undefined {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    const [, by, root, sum] = HEAD.exec(text.slice(0, end)) ?? [];
    const body = text.slice(end + 1);
    if (root === undefined || by !== version || sum !== toHex(sha256(utf8(body)))) return undefined;
    return { state: stateFromJson(JSON.parse(body) as Json, empty), root: Buffer.from(root, 'hex') }; // JSON is what JSON.parse gives
  } catch {
    return undefined; // not there, or not a state of this version: the ledger has everything
  }
}
