/** Runs OpenSSH's sshd in front of the relay door: writes its configuration, checks it, starts it, reads its log. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Fault } from '#std/refused.ts';
import { unsafeParts } from '#host/sshd/relay-program.ts';
import { SshdLog, type TurnedAway } from '#host/sshd/sshd-log.ts';
import { isPlainPath, renderSshdConfig, type SshdOptions } from '#host/sshd/sshd-config.ts';

const run = promisify(execFile);
const SSHD = '/usr/sbin/sshd';
/** sshd separates its privileges in this folder; Debian's unit makes it, and so must we. */
const SEPARATION_FOLDER = '/run/sshd';
const START_MS_MAX = 10_000;
const MIB = 2 ** 20;
/**
 * sshd's buffers for a channel grow and shrink by megabytes all the time. As glibc comes, each of them is mapped, faulted in page by
 * page and unmapped again: half of the processor time of an upload. Kept in the heap, they cost nothing, and no connection keeps more than
 * the trim threshold. Where the C library is another one, nothing happens. Sessions do not inherit it: sshd makes their environment.
 */
const MEMORY_KEPT = {
  MALLOC_MMAP_THRESHOLD_: String(16 * MIB),
  MALLOC_TRIM_THRESHOLD_: String(16 * MIB),
};
const LOG_LINES_KEPT = 50;

export interface SshdProcess {
  readonly pid: number;
  readonly configPath: string;
  /** The newest lines of its log. */
  readonly log: readonly string[];
  /** Resolves with what happened when it ends by itself. */
  readonly ended: Promise<string>;
  close(): Promise<void>;
}

export interface SshdStart extends Omit<SshdOptions, 'kexKnown'> {
  /** Where the configuration is written. */
  readonly folder: string;
  readonly onTurnedAway: (tried: TurnedAway) => void;
}

export async function startSshd(start: SshdStart): Promise<SshdProcess> {
  checkPaths(start);
  const { stdout } = await run('/usr/bin/ssh', ['-Q', 'kex']).catch((error: unknown) => {
    throw new Fault('openssh-missing', 'OpenSSH is not installed; run: apt-get install openssh-server', {
      cause: error,
    });
  });
  mkdirSync(start.folder, { recursive: true, mode: 0o700 });
  if (process.getuid?.() === 0 && !existsSync(SEPARATION_FOLDER)) mkdirSync(SEPARATION_FOLDER, { mode: 0o755 });
  const configPath = join(start.folder, 'sshd_config');
  writeFileSync(configPath, renderSshdConfig({ ...start, kexKnown: stdout.trim().split('\n') }), { mode: 0o600 });
  await run(SSHD, ['-t', '-f', configPath]).catch((error: unknown) => {
    throw new Fault('sshd-config-refused', `sshd does not accept ${configPath}: ${errorText(error)}`, { cause: error });
  });
  const child = spawn(SSHD, ['-D', '-e', '-f', configPath], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...MEMORY_KEPT },
  });
  const log: string[] = [];
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(`sshd ended (${signal ?? code})`)),
  );
  await listening(child, log, start.onTurnedAway, ended);
  return {
    pid: child.pid ?? 0,
    configPath,
    log,
    ended,
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function checkPaths({ relayPath, socketPath, hostKeyPath }: SshdStart): void {
  for (const path of [relayPath, socketPath, hostKeyPath]) {
    if (!isPlainPath(path))
      throw new Fault('path-not-plain', `${path} holds characters that sshd would split; choose a plain path`);
  }
  const wrong = unsafeParts(relayPath);
  if (wrong.length > 0) throw new Fault('relay-not-roots', `sshd will not run the relay: ${wrong.join('; ')}`);
}

function listening(
  child: ChildProcess,
  log: string[],
  onTurnedAway: (tried: TurnedAway) => void,
  ended: Promise<string>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Fault('sshd-silent', 'sshd did not start listening')), START_MS_MAX);
    void ended.then((how) => reject(new Fault('sshd-ended', `${how}: ${log.slice(-5).join(' | ')}`)));
    if (child.stderr === null) throw new Fault('sshd-silent', 'sshd has no log');
    const turnedAway = new SshdLog();
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      if (log.length > LOG_LINES_KEPT) log.shift();
      if (line.startsWith('Server listening on')) {
        clearTimeout(timer);
        resolve();
      }
      const tried = turnedAway.read(line);
      if (tried !== undefined) onTurnedAway(tried);
    });
  });
}

function errorText(error: unknown): string {
  const text = typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : String(error);
  return text.trim().slice(0, 500);
}
