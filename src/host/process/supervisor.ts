/**
 * Starts the processes of one facility and keeps them running: the engine first, then the gates. One that dies is started again after
 * a pause that doubles with each early death. While the engine is away, gates fail closed by their own lease; nobody here decides that.
 * Stopping goes the other way round: gates end their sessions and record it while the engine still listens.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fromChild } from './messages.ts';
import type { FromChild, ToChild } from './messages.ts';
import type { Logger } from './log.ts';
import { roleFlags } from './role-flags.ts';
import type { Role, Settings } from './settings.ts';
import { rolesOf } from './settings.ts';
import { Fault } from '#std/refused.ts';

const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 10_000;
/** A process that lived so long died of something new. */
const SETTLED_MS = 30_000;
const STOP_MS_MAX = 10_000;
/** An engine's first start may have to rebuild its index. */
const START_MS_MAX = 120_000;

export interface Listening {
  readonly address?: string | undefined;
  readonly notes?: Readonly<Record<string, string>> | undefined;
}

export interface Supervisor {
  /** The process id of each role, for whoever watches. */
  pids(): Readonly<Partial<Record<Role, number>>>;
  listening(role: Role): Listening | undefined;
  stop(): Promise<void>;
}

interface Post {
  readonly role: Role;
  child: ChildProcess | undefined;
  listening: Listening | undefined;
  pauseMs: number;
  timer: NodeJS.Timeout | undefined;
  /** Ports that were free at first are asked for again. */
  settings: Settings;
}

/** Resolves when everything listens; throws what the first start failed of, with nothing left running. */
export async function supervise(entry: string, settings: Settings, log: Logger): Promise<Supervisor> {
  const posts = new Map<Role, Post>();
  let isStopping = false;

  async function launch(post: Post): Promise<Listening> {
    const startedAt = performance.now();
    const child = fork(entry, ['role', post.role], {
      execArgv: [...process.execArgv, ...roleFlags(post.role)],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    post.child = child;
    child.once('exit', (code, signal) => died(post, child, startedAt, signal ?? String(code)));
    const begin: ToChild = { kind: 'begin', settings: post.settings };
    child.send(begin);
    const listening = await firstWord(child);
    post.listening = listening;
    return listening;
  }

  function died(post: Post, child: ChildProcess, startedAt: number, how: string): void {
    if (post.child !== child) return;
    post.child = undefined;
    if (isStopping || post.listening === undefined) return;
    if (performance.now() - startedAt > SETTLED_MS) post.pauseMs = PAUSE_MS_MIN;
    log.error({ role: post.role, how, againInMs: post.pauseMs }, 'a process died');
    post.timer = setTimeout(() => relaunch(post), post.pauseMs);
    post.pauseMs = Math.min(post.pauseMs * 2, PAUSE_MS_MAX);
  }

  function relaunch(post: Post): void {
    if (isStopping) return;
    launch(post).then(
      () => log.info({ role: post.role }, 'back'),
      (cause: unknown) => log.error({ role: post.role, err: cause }, 'did not come back'),
    );
  }

  async function stop(): Promise<void> {
    isStopping = true;
    for (const role of rolesOf(settings).toReversed()) {
      const post = posts.get(role);
      clearTimeout(post?.timer);
      if (post?.child !== undefined) await stopped(post.child, log);
    }
  }

  try {
    let known = settings;
    for (const role of rolesOf(settings)) {
      const post: Post = {
        role,
        child: undefined,
        listening: undefined,
        pauseMs: PAUSE_MS_MIN,
        timer: undefined,
        settings: known,
      };
      posts.set(role, post);
      known = withAnswer(role, known, await launch(post));
      post.settings = known;
    }
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    pids: () =>
      Object.fromEntries(
        [...posts.values()].flatMap(({ role, child }) => (child?.pid === undefined ? [] : [[role, child.pid]])),
      ),
    listening: (role) => posts.get(role)?.listening,
    stop,
  };
}

function firstWord(child: ChildProcess): Promise<Listening> {
  return new Promise((done, failed) => {
    const timer = setTimeout(
      () => failed(new Fault('slow-start', 'a process did not start in time', { retry: true })),
      START_MS_MAX,
    );
    const settle = (): void => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', gone);
    };
    const gone = (): void => {
      settle();
      failed(new Fault('died-at-start', 'a process died while it started; its log says why', { retry: true }));
    };
    const hear = (raw: unknown): void => {
      const message: FromChild = fromChild.parse(raw);
      settle();
      if (message.kind === 'listening') done(message);
      else failed(new Fault(message.code, message.message, { retry: message.retry }));
    };
    child.on('message', hear);
    child.on('exit', gone);
  });
}

/** What a process told when it started: those after it hear of it, and a gate that took port 0 keeps its port when started again. */
function withAnswer(role: Role, settings: Settings, { address, notes }: Listening): Settings {
  const hostKey = role === 'sftp' ? notes?.['hostKey'] : undefined;
  return withPort(role, hostKey === undefined ? settings : { ...settings, sftpHostKey: hostKey }, address);
}

function withPort(role: Role, settings: Settings, address: string | undefined): Settings {
  const port = Number(/:(\d+)$/.exec(address ?? '')?.[1]);
  if (!Number.isInteger(port)) return settings;
  if (role === 'portal') return { ...settings, listen: { ...settings.listen, port } };
  return role === 'sftp' ? { ...settings, sftp: { ...settings.sftp, port } } : settings;
}

function stopped(child: ChildProcess, log: Logger): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(() => {
      log.error({ pid: child.pid }, 'did not stop in time and is killed');
      child.kill('SIGKILL');
    }, STOP_MS_MAX);
    child.once('exit', () => {
      clearTimeout(timer);
      done();
    });
    const message: ToChild = { kind: 'stop' };
    if (child.connected) child.send(message, () => undefined);
    else child.kill('SIGTERM');
  });
}
