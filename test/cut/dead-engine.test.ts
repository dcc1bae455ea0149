/** The engine's process is killed and stays dead: access still ends, at its own deadline and at the end of the lease. */
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Browser, canSftp, watchSftp } from './clients.ts';
import { openFacility, startRole, stopRole } from './facility.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { LEASE_TTL_MS } from '#engine/limits.ts';
import { DAY_MS } from '#model/limits.ts';
import { until } from '../until.ts';

/** The sweep that notices, and a busy machine. */
const LATE_MS_MAX = 2_500;
const SHORT_MS = 4_000;

test(
  'kill -9 of the engine: deadlines hold, then the lease ends the rest, and nothing opens',
  { timeout: 60_000 },
  async (t) => {
    const facility = await openFacility();
    t.after(() => facility.close());
    const project = await facility.project('alpha');
    const [long, short] = [await facility.guest([[project, DAY_MS]]), await facility.guest([[project, SHORT_MS]])];
    const deadline = facility.engine.state().engagements.get(short.engagements[0]!)?.until ?? 0;
    const [browser, hasty] = [new Browser(facility.portal), new Browser(facility.portal)];
    await Promise.all([
      facility.linkOf(long.person).then((link) => browser.signIn(link)),
      facility.linkOf(short.person).then((link) => hasty.signIn(link)),
    ]);
    const path = '/files/alpha/media/reel.mov';
    const [download, transfer, hastyDownload, hastyTransfer] = await Promise.all([
      browser.watch(path),
      watchSftp(facility.sftp, long.keyPath, '/alpha/media/reel.mov'),
      hasty.watch(path),
      watchSftp(facility.sftp, short.keyPath, '/alpha/media/reel.mov'),
    ]);

    const { engine } = facility.children;
    const gone = once(engine, 'exit');
    engine.kill('SIGKILL');
    await gone;
    const killedAt = Date.now();

    for (const watched of [hastyDownload, hastyTransfer]) {
      assert.equal(await watched.over, 'cut');
      assert.ok(
        Math.abs(watched.lastByteAt() - deadline) < 1_000,
        `at its own deadline, not ${watched.lastByteAt() - deadline} ms from it`,
      );
    }
    assert.ok(
      download.lastByteAt() >= deadline - 1_000 || killedAt + LEASE_TTL_MS < deadline,
      'the others still move within the lease',
    );
    for (const watched of [download, transfer]) {
      assert.equal(await watched.over, 'cut');
      const ms = watched.lastByteAt() - killedAt;
      assert.ok(ms <= LEASE_TTL_MS + LATE_MS_MAX, `${ms} ms after the engine died`);
    }
    assert.notEqual((await browser.request('GET', path)).status, 200);
    assert.equal(await canSftp(facility.sftp, long.keyPath), false);

    const settings = {
      data: facility.data,
      listen: { host: '127.0.0.1', port: 0 },
      sftp: { host: '127.0.0.1', port: 0 },
      tls: { kind: 'none' as const },
      pages: '/nowhere',
      demo: false,
    };
    const again = await startRole('engine', settings);
    t.after(() => stopRole(again.child));
    const client = await connectEngine(facility.data);
    t.after(() => client.close());
    await until(async () => {
      const { entries } = await client.search({ kind: 'session.closed', limit: 20 });
      const ends = entries.flatMap(({ entry }) => (entry.kind === 'session.closed' ? [entry.data.because] : []));
      return ends.filter((because) => because === 'lease').length >= 2 && ends.includes('clock');
    }, 'what happened in the dark is in the ledger afterwards');
    assert.equal(await canSftp(facility.sftp, long.keyPath), true, 'and whoever still may, may again');
  },
);
