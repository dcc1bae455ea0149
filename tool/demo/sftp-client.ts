/** Stock OpenSSH `sftp` and `ssh-keygen`, as a freelancer has them. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function hasSftp(): boolean {
  return ['/usr/bin/sftp', '/usr/local/bin/sftp'].some((path) => existsSync(path));
}

export function makeKey(directory: string): { readonly privateKey: string; readonly publicKey: string } {
  const privateKey = join(directory, 'id_ed25519');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'freelancer laptop', '-f', privateKey]);
  return { privateKey, publicKey: readFileSync(`${privateKey}.pub`, 'utf8').trim() };
}

export interface SftpRun {
  readonly done: Promise<{ readonly code: number; readonly output: string }>;
  kill(): void;
}

/** Runs a batch of commands; `limitKbit` throttles the client, as a thin line would. */
export function sftp(
  at: { readonly host: string; readonly port: number; readonly directory: string; readonly privateKey: string },
  commands: readonly string[],
  limitKbit?: number,
): SftpRun {
  const options = {
    StrictHostKeyChecking: 'accept-new',
    UserKnownHostsFile: join(at.directory, 'known_hosts'),
    IdentitiesOnly: 'yes',
    BatchMode: 'yes',
    PreferredAuthentications: 'publickey',
    LogLevel: 'ERROR',
    IdentityAgent: 'none',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const limit = limitKbit === undefined ? [] : ['-l', String(limitKbit)];
  const child = spawn(
    'sftp',
    ['-F', 'none', ...flags, '-i', at.privateKey, '-P', String(at.port), ...limit, '-b', '-', `picturelock@${at.host}`],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  child.stdin.end(`${commands.join('\n')}\n`);
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  child.stderr.on('data', (part: Buffer) => parts.push(part));
  const done = new Promise<{ code: number; output: string }>((resolve) => {
    child.on('close', (code) => resolve({ code: code ?? 255, output: Buffer.concat(parts).toString('utf8') }));
  });
  return { done, kill: () => child.kill() };
}
