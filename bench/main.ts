/** `npm run bench` lists; `npm run bench -- NAME [--json]` runs one; exit 0 whether the bars hold or not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRow } from './bench.ts';
import { machine } from './bench.ts';

const BENCHES: Readonly<Record<string, { readonly about: string; readonly parts: readonly string[] }>> = {
  ledger: { about: 'durable entries per second, acks, seal delay', parts: ['ledger'] },
  transfer: { about: 'portal beside nginx, SFTP beside OpenSSH', parts: ['transfer-portal', 'transfer-sftp'] },
  cut: { about: '1,000 live sessions ended by one command', parts: ['cut'] },
  decision: { about: 'permits beside casbin, standing-access report', parts: ['decision'] },
  network: {
    about: 'proof of the network beside z3, blast radius, packets',
    parts: ['network/proof', 'network/oracle', 'network/blast', 'network/enforcement', 'network/cuts'],
  },
  detect: { about: 'signs of ransomware by format, storms, whole shows', parts: ['detect/formats', 'detect/shows'] },
  backup: { about: 'the backup engine beside restic and borg', parts: ['backup'] },
  copy: { about: 'a copy to a vault far away, several objects at once', parts: ['copy'] },
  verify: { about: 'a bundle of a million entries, checked as an assessor does', parts: ['ledger-verify'] },
};

const [name, ...flags] = process.argv.slice(2);
const bench = name !== undefined && Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (bench === undefined) {
  for (const [key, { about }] of Object.entries(BENCHES)) console.log(`npm run bench -- ${key}  (${about})`);
  process.exit(name === undefined ? 0 : 2);
}

const rows: BenchRow[] = [];
for (const part of bench.parts) {
  const path = join(import.meta.dirname, `${part}.ts`);
  if (!existsSync(path)) throw new Error(`no such benchmark part: ${part}`);
  const { run } = (await import(path)) as { run: () => Promise<readonly BenchRow[]> }; // every bench file exports run
  rows.push(...(await run()));
}
if (!flags.includes('--json')) for (const row of rows) console.log(line(row));
console.log(JSON.stringify({ bench: name, machine: machine(), rows }));

function line(row: BenchRow): string {
  const peer =
    row.peerValue === undefined
      ? ''
      : `  ${row.peer ?? 'peer'} ${short(row.peerValue)} ${row.unit}, ratio ${(row.ratio ?? 0).toFixed(2)}`;
  return `${row.holds ? 'holds ' : 'MISSED'}  ${row.name}: ${short(row.value)} ${row.unit}${peer}  (bar ${row.bar})`;
}

function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
