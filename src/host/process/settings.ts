/** How a facility is started: what `picturelock start` takes, and what each process is told. No secret is among it. */
import { Command } from 'commander';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { Fault } from '#std/refused.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

export interface Settings {
  readonly data: string;
  readonly listen: Place;
  readonly sftp: Place;
  /** OpenSSH's sshd in front of the same gate. */
  readonly sshd?: Place;
  readonly tls:
    | { readonly kind: 'none' }
    | { readonly kind: 'files'; readonly cert: string; readonly key: string }
    | { readonly kind: 'local' };
  /** Where people find the portal, when that differs from where it listens. */
  readonly origin?: string;
  readonly pages: string;
  /** One-click sign-in links: loopback only. */
  readonly demo: boolean;
  /** The socket of the warden that writes the packet filter; without one there is no network gate. */
  readonly warden?: string;
  /** Where drills restore to; beneath the data directory when left out. */
  readonly drillScratch?: string;
  /** The ways that alerts go out by: a program, a file with a webhook's address, and who signed that one's certificate. */
  readonly alerts?: { readonly command?: string; readonly webhook?: string; readonly ca?: string };
  /** The fingerprint of the SFTP gate's key, as that gate told when it started; the portal shows it to people. */
  readonly sftpHostKey?: string;
}

/** In the order of their start: the portal tells people where the SFTP gate is, so it comes after it. */
export type Role = 'engine' | 'network' | 'portal' | 'sftp' | 'backup' | 'alerts';

export function rolesOf({ warden, alerts }: Pick<Settings, 'warden' | 'alerts'>): readonly Role[] {
  const gates: readonly Role[] = ['sftp', 'portal', 'backup', ...(alerts === undefined ? [] : ['alerts' as const])];
  return warden === undefined ? ['engine', ...gates] : ['engine', 'network', ...gates];
}

export function parseSettings(args: readonly string[], root: string): Settings {
  const program = new Command('picturelock start')
    .option('--data <dir>', 'the data directory', './var')
    .option('--listen <host:port>', 'the portal', '127.0.0.1:8080')
    .option('--sftp <host:port>', 'the SFTP gate', '127.0.0.1:2022')
    .option('--sshd <host:port>', "OpenSSH's sshd in front of the SFTP gate")
    .option('--tls-cert <file>', 'certificate chain, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--tls-local', 'certificates from our own local authority')
    .option('--origin <url>', 'where people find the portal: https://portal.example.com')
    .option('--warden <socket>', 'keep the packet filter, through the warden on this socket')
    .option('--drill-scratch <dir>', 'a folder of its own that restore drills write to (DATA/run/drills)')
    .option('--alert-command <file>', 'a program that gets alerts as JSON on its standard input')
    .option('--alert-webhook <file>', 'a file with the https address that alerts are posted to')
    .option('--alert-ca <file>', 'who signed the certificate of that address, PEM')
    .option('--pages <dir>', 'the built pages', `${root}/dist/ui`)
    .option('--demo', 'one-click sign-in links, on loopback only')
    .parse([...args], { from: 'user' });
  const given = program.opts<Given>();
  const settings: Settings = {
    data: resolve(given.data),
    listen: placeOf(given.listen),
    sftp: placeOf(given.sftp),
    tls: tlsOf(given),
    pages: given.pages,
    demo: given.demo === true,
    ...(given.sshd === undefined ? {} : { sshd: placeOf(given.sshd) }),
    ...(given.origin === undefined ? {} : { origin: given.origin }),
    ...(given.warden === undefined ? {} : { warden: resolve(given.warden) }),
    ...alertsOf(given),
    ...(given.drillScratch === undefined ? {} : { drillScratch: scratchOf(given) }),
  };
  if (settings.demo && isOpenToOthers(settings))
    throw new Fault('demo-not-here', 'One-click links exist on loopback only: listen on 127.0.0.1.');
  // Nor behind a proxy on this machine: everybody would seem to come from here, and the ledger would say so.
  if (settings.tls.kind === 'none' && isOpenToOthers(settings)) {
    throw new Fault(
      'tls-required',
      `Plain HTTP exists on loopback only. Give --tls-cert and --tls-key, or --tls-local, to be found at ${given.origin ?? given.listen}.`,
    );
  }
  return settings;
}

interface Given {
  readonly data: string;
  readonly listen: string;
  readonly sftp: string;
  readonly sshd?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsLocal?: boolean;
  readonly origin?: string;
  readonly warden?: string;
  readonly drillScratch?: string;
  readonly alertCommand?: string;
  readonly alertWebhook?: string;
  readonly alertCa?: string;
  readonly pages: string;
  readonly demo?: boolean;
}

function alertsOf({ alertCommand, alertWebhook, alertCa }: Given): Pick<Settings, 'alerts'> {
  if (alertCommand === undefined && alertWebhook === undefined) return {};
  return {
    alerts: {
      ...(alertCommand === undefined ? {} : { command: resolve(alertCommand) }),
      ...(alertWebhook === undefined ? {} : { webhook: resolve(alertWebhook) }),
      ...(alertCa === undefined ? {} : { ca: resolve(alertCa) }),
    },
  };
}

/** A drill must not be able to read what it restores beside; and its folder is emptied. */
function scratchOf({ data, drillScratch = '' }: Given): string {
  const [folder, own] = [resolve(drillScratch), resolve(data)];
  if (isWithin(own, folder) || isWithin(folder, join(own, 'workspaces')))
    throw new Fault('scratch-in-the-way', 'Drills need a folder of their own, apart from the data and the workspaces.');
  return folder;
}

function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

function tlsOf({ tlsCert: cert, tlsKey: key, tlsLocal }: Given): Settings['tls'] {
  if (cert !== undefined && key !== undefined) return { kind: 'files', cert: resolve(cert), key: resolve(key) };
  if (cert !== undefined || key !== undefined)
    throw new Fault('tls-incomplete', 'A certificate needs its key: give both --tls-cert and --tls-key.');
  return tlsLocal === true ? { kind: 'local' } : { kind: 'none' };
}

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`. Port 0 takes a free one. */
export function placeOf(text: string): Place {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text);
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  if (host === undefined || port > 65_535)
    throw new Fault('bad-address', `${text} is not an address: write 127.0.0.1:8080 or [::1]:8080.`);
  return { host, port };
}

/** Reached from elsewhere: it listens there, or stands behind a proxy that does (`--origin` names another machine's address). */
export function isOpenToOthers({ listen, origin }: Pick<Settings, 'listen' | 'origin'>): boolean {
  if (!isLoopback(listen.host)) return true;
  return origin !== undefined && !isLoopback(new URL(origin).hostname.replace(/^\[|\]$/g, ''));
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || (isIP(host) === 4 && host.startsWith('127.')) || host === '::1';
}
