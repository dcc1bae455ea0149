/** Flags that come off and flags that are set at the same moment: the real `chattr`, with one that takes flags off slowly before it. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBolt } from '#host/vault/bolt/bolt.ts';
import { createBoltClient } from '#host/vault/bolt/bolt-client.ts';

const DAY_MS = 86_400_000;
const needsRoot = process.getuid?.() === 0 ? undefined : 'needs root';
const SLOW = `#!/bin/sh
if [ "$1" = -i ]; then sleep 0.1; fi
exec CHATTR "$@"
`;

test(
  'a file that is asked to be locked while its flag comes off is immutable when it is said to be',
  { skip: needsRoot },
  async () => {
    const home = mkdtempSync(join(tmpdir(), 'picturelock-bolt-turns-'));
    const [root, socket] = [join(home, 'vault'), join(home, 'run', 'bolt.sock')];
    const name = hash('sha256', 'picture', 'hex');
    const path = `repositories/edit/data/${name.slice(0, 2)}/${name}`;
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, 'picture');
    let now = { wall: Date.UTC(2026, 0, 5), monotonic: 10, boot: 'b' };
    const before = process.env['PATH'] ?? '';
    const chattr = execFileSync('which', ['chattr'], { encoding: 'utf8' }).trim();
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin', 'chattr'), SLOW.replace('CHATTR', chattr), { mode: 0o700 });
    process.env['PATH'] = `${join(home, 'bin')}:${before}`;
    const onTrouble = (what: string): never => assert.fail(what);
    const bolt = await startBolt({ socket, vault: root, folder: join(home, 'state'), read: () => now, onTrouble });
    const client = createBoltClient(socket, root);
    try {
      await client.lock(file, DAY_MS);
      for (const afterMs of [0, 40]) {
        await client.renew([file], DAY_MS);
        now = { ...now, wall: now.wall + 2 * DAY_MS, monotonic: now.monotonic + 2 * DAY_MS };
        const freed = bolt.release();
        await sleep(afterMs);
        await Promise.all([freed, client.lock(file, DAY_MS)]);
        assert.match(execFileSync('lsattr', [file], { encoding: 'utf8' }), /^\S*i/);
        assert.equal(bolt.book.isKept(path), true);
      }
    } finally {
      process.env['PATH'] = before;
      client.close();
      await bolt.close();
      spawnSync(chattr, ['-R', '-i', root]);
      rmSync(home, { recursive: true, force: true });
    }
  },
);
