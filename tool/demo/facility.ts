/** Starts the real product in a throwaway directory and knows where its doors are. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_WITHIN_MS = 60_000;

export interface RunningFacility {
  readonly data: string;
  readonly portal: string;
  readonly sftp: { readonly host: string; readonly port: number };
  /** Ends it; resolves when every process is gone. */
  stop(): Promise<void>;
  readonly ended: Promise<number>;
}

export function throwawayDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'picturelock-demo-'));
}

export async function startFacility(
  data: string,
  root: string,
  ports: { readonly portal: number; readonly sftp: number },
): Promise<RunningFacility> {
  const args = [
    'src/main.ts',
    'start',
    '--demo',
    '--data',
    data,
    '--listen',
    `127.0.0.1:${ports.portal}`,
    '--sftp',
    `127.0.0.1:${ports.sftp}`,
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const log: Buffer[] = [];
  child.stderr.on('data', (part: Buffer) => void log.push(part));
  const ended = new Promise<number>((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  const line = await Promise.race([
    readyLine(child.stdout),
    ended.then(() => undefined),
    sleep(READY_WITHIN_MS).then(() => undefined),
  ]);
  const found = /portal=(\S+) sftp=(\S+):(\d+)/.exec(line ?? '');
  if (found === null) {
    await stop();
    throw new Error(`the facility did not start:\n${Buffer.concat(log).toString('utf8').slice(-4000)}`);
  }
  const [, portal = '', host = '', port = ''] = found;
  return { data, portal, sftp: { host, port: Number(port) }, stop, ended };
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function readyLine(output: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    output.on('data', (part: Buffer) => {
      text += part.toString('utf8');
      const line = text.split('\n').find((one) => one.includes('picturelock ready'));
      if (line !== undefined) resolve(line);
    });
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
