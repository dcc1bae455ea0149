/**
 * A small real network: a router namespace in the middle, hosts around it, each on a link of its own with one address of each family. Host
 * `k` is `10.77.k.2` and `fd77:k::2`; its link to the router is `ethk`. Orders to hosts are answered by processes inside them.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createNamespace } from './namespaces.ts';
import type { Namespace } from './namespaces.ts';
import { endWithFile } from '../started.ts';

interface To {
  readonly n: number;
  readonly host: string;
  readonly port: number;
}
export type HostOrder =
  | { readonly n: number; readonly kind: 'serve'; readonly port: number }
  | ({ readonly kind: 'stream'; readonly isPushed: boolean } & To)
  | { readonly kind: 'stop'; readonly stream: number }
  | ({ readonly kind: 'open'; readonly withinMs: number } & To)
  | ({ readonly kind: 'datagram'; readonly sizeBytes: number; readonly withinMs: number } & To);

export interface Ended {
  /** Wall clock, ms with fractions: the last byte that came, and when the socket closed. */
  readonly lastAt: number;
  readonly endedAt: number;
  readonly bytes: number;
  /** `ECONNRESET` when it was reset; empty when it was closed in order. */
  readonly error: string;
}
export type HostAnswer =
  | { readonly n: number; readonly kind: 'ready' | 'serving' | 'flowing' }
  | { readonly n: number; readonly kind: 'tried'; readonly outcome: string }
  | ({ readonly n: number; readonly kind: 'ended' } & Ended);

export interface Stream {
  /** Resolves when the socket is closed, whoever closed it. */
  readonly ended: Promise<Ended>;
  stop(): void;
}

export interface LabHost {
  readonly v4: string;
  readonly v6: string;
  readonly link: string;
  readonly namespace: Namespace;
  serve(port: number): Promise<void>;
  /** Resolves when the first byte has come back. */
  stream(to: string, port: number, options?: { readonly isPushed?: boolean }): Promise<Stream>;
  /** `open`, `timeout`, or the error's code. */
  tryOpen(to: string, port: number, withinMs?: number): Promise<string>;
  tryDatagram(to: string, port: number, sizeBytes: number, withinMs?: number): Promise<string>;
}

export interface Lab {
  readonly router: Namespace;
  readonly hosts: readonly LabHost[];
  remove(): Promise<void>;
}

const CHILD = join(import.meta.dirname, 'host-child.ts');
const TRY_MS = 400;

export async function createLab(count: number): Promise<Lab> {
  const router = createNamespace();
  for (const key of ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding']) router.run('sysctl', '-qw', `${key}=1`);
  const hosts = await Promise.all(Array.from({ length: count }, (_, i) => createHost(router, i + 1)));
  return {
    router,
    hosts: hosts.map(({ host }) => host),
    async remove() {
      await Promise.all(hosts.map(({ close }) => close()));
      router.remove();
    },
  };
}

async function createHost(router: Namespace, k: number) {
  const namespace = createNamespace();
  const link = `eth${k}`;
  router.run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace.name);
  for (const [where, device, end] of [[router, link, 1] as const, [namespace, 'eth0', 2] as const]) {
    where.run('ip', 'addr', 'add', `10.77.${k}.${end}/24`, 'dev', device);
    where.run('ip', '-6', 'addr', 'add', `fd77:${k}::${end}/64`, 'dev', device, 'nodad');
    where.run('ip', 'link', 'set', device, 'up');
  }
  namespace.run('ip', 'route', 'add', 'default', 'via', `10.77.${k}.1`);
  namespace.run('ip', '-6', 'route', 'add', 'default', 'via', `fd77:${k}::1`);
  const orders = await startHost(namespace);
  const host: LabHost = { v4: `10.77.${k}.2`, v6: `fd77:${k}::2`, link, namespace, ...verbs(orders) };
  return {
    host,
    async close() {
      await orders.close();
      namespace.remove();
    },
  };
}

export interface Acting extends Pick<LabHost, 'serve' | 'stream' | 'tryOpen' | 'tryDatagram'> {
  close(): Promise<void>;
}

/** Somebody who acts in a namespace: the router itself serves and opens connections like any host. */
export async function actIn(namespace: Namespace): Promise<Acting> {
  const orders = await startHost(namespace);
  return { ...verbs(orders), close: () => orders.close() };
}

interface Orders {
  /** Sends the order and resolves with the first answer of this kind. */
  ask<K extends HostAnswer['kind']>(order: WithoutNumber, kind: K): Asked<K>;
  tell(order: HostOrder): void;
  close(): Promise<void>;
}
type WithoutNumber = HostOrder extends infer O ? (O extends { readonly n: number } ? Omit<O, 'n'> : never) : never;
interface Asked<K extends HostAnswer['kind']> {
  readonly n: number;
  readonly answer: Promise<Extract<HostAnswer, { kind: K }>>;
  /** A later answer to the same order. */
  later<L extends HostAnswer['kind']>(kind: L): Promise<Extract<HostAnswer, { kind: L }>>;
}

async function startHost(namespace: Namespace): Promise<Orders> {
  const child: ChildProcess = endWithFile(
    spawn('ip', ['netns', 'exec', namespace.name, process.execPath, CHILD], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    }),
    ['stderr'],
  );
  const waiting = new Map<string, (answer: HostAnswer) => void>();
  const wait = <K extends HostAnswer['kind']>(n: number, kind: K): Promise<Extract<HostAnswer, { kind: K }>> =>
    new Promise((done) => {
      waiting.set(`${n} ${kind}`, (answer) => done(answer as Extract<HostAnswer, { kind: K }>)); // by its key
    });
  child.on('message', (raw) => {
    const answer = raw as HostAnswer; // from our own child
    waiting.get(`${answer.n} ${answer.kind}`)?.(answer);
  });
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  await wait(0, 'ready');
  let last = 0;
  return {
    ask(order, kind) {
      last += 1;
      const n = last;
      const answer = wait(n, kind);
      child.send({ ...order, n });
      return { n, answer, later: (later) => wait(n, later) };
    },
    tell: (order) => void child.send(order),
    async close() {
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

function verbs(orders: Orders): Pick<LabHost, 'serve' | 'stream' | 'tryOpen' | 'tryDatagram'> {
  return {
    serve: async (port) => void (await orders.ask({ kind: 'serve', port }, 'serving').answer),
    async stream(host, port, { isPushed = false } = {}) {
      const asked = orders.ask({ kind: 'stream', host, port, isPushed }, 'flowing');
      const ended = asked.later('ended');
      await Promise.race([
        asked.answer,
        ended.then(({ error }) => Promise.reject(new Error(`the stream never began: ${error}`))),
      ]);
      return { ended, stop: () => orders.tell({ kind: 'stop', stream: asked.n }) };
    },
    async tryOpen(host, port, withinMs = TRY_MS) {
      return (await orders.ask({ kind: 'open', host, port, withinMs }, 'tried').answer).outcome;
    },
    async tryDatagram(host, port, sizeBytes, withinMs = TRY_MS) {
      return (await orders.ask({ kind: 'datagram', host, port, sizeBytes, withinMs }, 'tried').answer).outcome;
    },
  };
}
