/** `vault follow`: brings what a vault on another machine did into the ledger of this one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { usage } from '../failure.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { openDoor } from '#host/vault/follow-door.ts';
import { followOnce } from '#host/vault/follow.ts';
import type { FollowParts } from '#host/vault/follow.ts';
import type { EngineClient } from '#ports/engine.ts';
import { isId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

const ENGINE_MS = 10_000;
const EVERY_SECONDS = 60;

interface Given {
  readonly id: string;
  readonly url: string;
  readonly identity?: string;
  readonly credential?: string;
  readonly serverCert?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly every: number;
  readonly once?: boolean;
}

export function addVaultFollow(vault: Command, cli: Cli): void {
  vault
    .command('follow')
    .description('write what a vault elsewhere took in, refused, renewed and removed into the ledger of --data')
    .requiredOption('--id <vault>', 'what the ledger calls it (vlt_…)')
    .requiredOption('--url <address>', 'https://vault.example:8443/')
    .option('--identity <hash>', 'what vault status says there; left out when the ledger has it')
    .option('--credential <file>', 'one line, user:token, of a client that was added there with --follows')
    .option('--server-cert <file>', 'its own certificate, compared whole')
    .option('--ca <file>', 'the authority that signed its certificate')
    .option('--cert <file>', 'our own certificate, where it knows us by that')
    .option('--key <file>', 'the key of that certificate')
    .option('--every <seconds>', 'how often', Number, EVERY_SECONDS)
    .option('--once', 'one round, then leave')
    .action((given: Given) => follow(cli, given));
}

async function follow(cli: Cli, given: Given): Promise<void> {
  const engine = await connectEngine(cli.data(), { timeoutMs: ENGINE_MS });
  try {
    const parts = partsOf(cli, given, engine);
    if (given.once === true) {
      const done = await followOnce(parts);
      return cli.output().show(done, () => [`${done.rows} receipts, up to line ${done.n}`]);
    }
    await followOn(parts, given.every * 1000);
  } finally {
    await engine.close();
  }
}

function partsOf(cli: Cli, given: Given, engine: EngineClient): FollowParts {
  const { id, url, credential, serverCert, ca, cert, key } = given;
  if (!isId('vault', id)) throw usage(`${id} is no vault of the ledger.`, 'backup status lists them');
  const identity = given.identity ?? engine.state().backups.vaults.get(id)?.identity;
  if (identity === undefined)
    throw usage('Which vault answers there has to be pinned.', 'give --identity: vault status says it there');
  const door = openDoor({
    url,
    ...(credential === undefined ? {} : { credential: readFileSync(credential, 'utf8').trim() }),
    ...(serverCert === undefined ? {} : { serverCert: readFileSync(serverCert) }),
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
    ...(cert === undefined ? {} : { cert: readFileSync(cert) }),
    ...(key === undefined ? {} : { key: readFileSync(key) }),
  });
  const progressPath = join(cli.data(), 'follow', `${id}.json`);
  return { engine, vault: id, door, identity, progressPath, now: () => Date.now() };
}

/** Until it is told to stop. What goes wrong is said when it begins, and tried again. */
async function followOn(parts: FollowParts, everyMs: number): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  process.stdout.write('picturelock vault: following\n');
  let trouble = '';
  while (!stop.signal.aborted) {
    const now = await followOnce(parts).then(() => '', said);
    if (now !== trouble) process.stderr.write(`picturelock vault follow: ${now === '' ? 'well again' : now}\n`);
    trouble = now;
    await pause(everyMs, stop.signal);
  }
}

function said(cause: unknown): string {
  return cause instanceof Fault ? `${cause.code}: ${cause.message}` : String(cause);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), done()), { once: true });
  });
}
