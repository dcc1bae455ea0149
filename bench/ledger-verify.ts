/** A bundle of a million entries, made and then checked by the verifier as an assessor runs it: its own process, the files in the bundle. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { verifierFiles } from '#host/evidence/verifier-files.ts';
import { readZip } from '#ledger/verifier/verify.mjs';
import type { Draft } from '#model/events.ts';
import type { BenchRow } from './bench.ts';
import { median } from './bench.ts';
import { createWorld } from '../test/verifier-world.ts';

const ENTRIES = 1_000_000;
const BATCH = 2000;
const SEAL_EVERY = 50;
const RUNS = 3;
const VERIFY_MS_MAX = 10_000;
const PROOF_BYTES_MAX = 5000;

export async function run(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'picturelock-bench-verify-'));
  try {
    const { zip, exportMs } = await bundleOf(ENTRIES);
    const archive = join(folder, 'bundle.zip');
    writeFileSync(archive, zip);
    const verifier = unpackVerifier(folder);
    const times = Array.from({ length: RUNS }, () => verifyOnce(verifier, archive));
    const verifyMs = median(times);
    const proofBytes = await largestProof();
    return [
      {
        name: 'bundle of 1 M entries verified',
        value: verifyMs / 1000,
        unit: 's',
        bar: '<= 10 s',
        better: 'lower',
        holds: verifyMs <= VERIFY_MS_MAX,
      },
      {
        name: 'bundle of 1 M entries made',
        value: exportMs / 1000,
        unit: 's',
        bar: 'none',
        better: 'lower',
        holds: true,
      },
      { name: 'its size', value: statSync(archive).size / 1e6, unit: 'MB', bar: 'none', better: 'lower', holds: true },
      {
        name: 'one tlog-proof, post-quantum line included',
        value: proofBytes,
        unit: 'B',
        bar: '<= 5 kB',
        better: 'lower',
        holds: proofBytes <= PROOF_BYTES_MAX,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleOf(entries: number): Promise<{ readonly zip: Uint8Array; readonly exportMs: number }> {
  const world = await createWorld();
  const [project, person] = [await world.project('alpha'), await world.person('Big Reader')];
  for (let done = 0; done < entries; done += BATCH) {
    world.wait(1000);
    await world.record(
      ...Array.from({ length: BATCH }, (_, i): Draft => ({
        kind: 'file.read-closed',
        stream: project,
        by: { person, from: '10.0.0.7' },
        about: { project, person, path: `media/reel-${done}/frame.${i}.exr` },
        data: { gate: 'sftp', complete: true, bytes: i, ms: 3, sha256: 'ab'.repeat(32), xxh64: '0123456789abcdef' },
      })),
    );
    if (done % (BATCH * SEAL_EVERY) === 0) await world.seal();
  }
  await world.seal();
  const started = performance.now();
  const outcome = await world.bundles.export(project, {});
  if (outcome.kind === 'refused') throw new Error(outcome.message);
  return { zip: outcome.value.zip, exportMs: performance.now() - started };
}

function unpackVerifier(folder: string): string {
  for (const [name, bytes] of verifierFiles()) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return join(folder, 'verify.mjs');
}

function verifyOnce(verifier: string, archive: string): number {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [verifier, archive], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the bundle does not verify: ${stdout}${stderr}`);
  return performance.now() - started;
}

/** Proofs are written out for small bundles; the ledger around this one is as large as the bar asks. */
async function largestProof(): Promise<number> {
  const world = await createWorld();
  const project = await world.project('small');
  await world.seal();
  const outcome = await world.bundles.export(project, {});
  if (outcome.kind === 'refused') throw new Error(outcome.message);
  const proofs = [...readZip(Buffer.from(outcome.value.zip))].filter(([name]) => name.startsWith('proofs/'));
  const hashesAt = (size: number): number => Math.ceil(Math.log2(size)) * 45;
  return Math.max(...proofs.map(([, bytes]) => bytes.byteLength)) - hashesAt(world.store.size) + hashesAt(ENTRIES);
}
