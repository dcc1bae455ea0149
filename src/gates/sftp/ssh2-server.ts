/**
 * The embedded transport: ssh2 in this process. Its SSH transport is used and nothing else of it; the `sftp` subsystem's raw
 * channel goes to our own protocol machine.
 *
 * What is not answered here is refused by ssh2 itself, because nobody listens: shells, commands, terminals, agents, X11,
 * environment, and forwarding of every kind.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import ssh2, { type Algorithms } from 'ssh2';
import { Attempts } from '#gates/sftp/attempts.ts';
import type { SftpParts } from '#gates/sftp/door.ts';
import type { HostKey } from '#gates/sftp/host-key.ts';
import { GATE_LIMITS, type GateLimits } from '#gates/sftp/limits.ts';
import { RefusalRecord } from '#gates/sftp/refusal-record.ts';
import { Visit } from '#gates/sftp/visit.ts';

/**
 * Nothing weaker than SSH clients of the last ten years offer. AES-GCM stands before all, and ChaCha20-Poly1305 is left out:
 * clients would choose it, and without native code it is several times slower.
 */
const ALGORITHMS: Algorithms = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp256',
    'diffie-hellman-group16-sha512',
  ],
  serverHostKey: ['ssh-ed25519'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr', 'aes128-ctr'],
  hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
  compress: ['none'],
};

export interface EmbeddedSftp {
  readonly host: string;
  readonly port: number;
  readonly hostKey: HostKey;
  /** Connections at this moment, signed in or not. */
  readonly connections: number;
  /** Stops listening, ends every connection, and resolves when all open files are settled. */
  close(): Promise<void>;
}

export async function startEmbeddedSftp(
  parts: SftpParts,
  options: {
    readonly host: string;
    readonly port: number;
    readonly hostKey: HostKey;
    readonly limits?: Partial<GateLimits>;
  },
): Promise<EmbeddedSftp> {
  const limits: GateLimits = { ...GATE_LIMITS, ...options.limits };
  const visits = new Map<string, Visit>();
  const attempts = new Attempts(parts.clock, limits);
  const refusals = new RefusalRecord(parts, limits);
  const ssh = new ssh2.Server({
    hostKeys: [options.hostKey.privateKey],
    algorithms: ALGORITHMS,
    ident: 'Picturelock',
  });
  ssh.on('connection', (client, info) => {
    const visit = visits.get(endpoint(info.ip, info.port));
    if (visit === undefined) client.end();
    else visit.meet(client, info.header.versions.software);
  });
  const listener = createServer({ noDelay: true }, (socket) => {
    const from = plainAddress(socket.remoteAddress);
    if (isTooMany(visits, from, limits) || attempts.isBarred(from)) {
      socket.destroy();
      return;
    }
    const key = endpoint(socket.remoteAddress, socket.remotePort);
    const visit = new Visit({ parts, socket, from, limits, attempts, refusals });
    visits.set(key, visit);
    void visit.over.then(() => visits.delete(key));
    gatherWrites(socket);
    ssh.injectSocket(socket);
  });
  await listen(listener, options.host, options.port);
  const { port } = listener.address() as AddressInfo; // listening on TCP
  return {
    host: options.host,
    port,
    hostKey: options.hostKey,
    get connections() {
      return visits.size;
    },
    async close() {
      const over = [...visits.values()].map((visit) => visit.end());
      listener.close();
      await Promise.all(over);
    },
  };
}

function isTooMany(visits: ReadonlyMap<string, Visit>, from: string, limits: GateLimits): boolean {
  if (visits.size >= limits.connectionsMax) return true;
  let here = 0;
  for (const visit of visits.values()) if (visit.from === from) here += 1;
  return here >= limits.connectionsPerAddressMax;
}

function endpoint(address: string | undefined, port: number | undefined): string {
  return `${address ?? ''} ${port ?? 0}`;
}

/** `::ffff:10.0.0.7` is the IPv4 address 10.0.0.7. */
function plainAddress(address: string | undefined): string {
  return (address ?? 'unknown').replace(/^::ffff:(?=\d+\.)/, '');
}

/**
 * ssh2 writes each SSH packet in three pieces. With Nagle's delay off every piece would be a system call and a TCP segment, so
 * all that is written within one turn goes out together.
 */
function gatherWrites(socket: Socket): void {
  const write = socket.write.bind(socket);
  const release = (): void => socket.uncork();
  const gathering = (...args: Parameters<typeof write>): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(release);
    }
    return write(...args);
  };
  socket.write = gathering as typeof socket.write; // the overloads differ only in which arguments may be left out
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
