/** Puts the API together over its ports. */
import { createApi } from '#api/app.ts';
import type { Api, ApiOptions } from '#api/app.ts';
import { authenticate } from '#api/authenticate.ts';
import type { Credentials } from '#api/authenticate.ts';
import { actorOf, decide } from '#api/caller.ts';
import type { Caller } from '#api/caller.ts';
import type { ApiContext, PortalSettings, Ports } from '#api/context.ts';
import { Ceremonies } from '#api/identity/ceremonies.ts';
import { MailIndex } from '#api/identity/mail-index.ts';
import { FLOOD_NOTE_RATE, RateLimit, SESSION_RATE, SIGN_IN_RATE } from '#api/identity/rate.ts';
import { ServiceTokens } from '#api/identity/service-tokens.ts';
import { SignIns } from '#api/identity/sign-ins.ts';
import { UsedSteps } from '#api/identity/totp.ts';
import type { FileActor } from '#ports/files.ts';
import type { LiveSession } from '#ports/sessions.ts';
import { assert } from '#std/assert.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';
import { isRefused, ok } from '#std/refused.ts';

export interface PortalApi extends Api {
  readonly context: ApiContext;
  /** Who makes a request that does not go through the API: bulk transfers, the public log. */
  authenticate(given: Credentials): Promise<Outcome<Caller>>;
  fileActor(given: Credentials): Promise<Outcome<{ readonly actor: FileActor; readonly session: LiveSession }>>;
  /** The public log shows sizes and hashes: only for those who may search the ledger of the facility, or of some project. */
  maySeeLog(caller: Caller): boolean;
  /** Entry bundles hold every client's entries. */
  maySeeEntries(caller: Caller): boolean;
  close(): void;
}

export function createPortalApi(ports: Ports, settings: PortalSettings, options: ApiOptions): PortalApi {
  const url = new URL(settings.origin);
  assert(settings.demoLinks === undefined || isLoopback(url.hostname), 'one-click links exist on loopback only');
  assert(settings.secure || isLoopback(url.hostname), 'plain HTTP exists on loopback only');
  const { clock, random, keys } = ports;
  finishErasures(ports);
  const signIns = new SignIns(ports);
  const serviceTokens = new ServiceTokens({
    ...ports,
    // Machines that ask again and again with a token that is over must not use up the tries of people at the same address.
    rate: new RateLimit(SIGN_IN_RATE),
    floodNotes: new RateLimit(FLOOD_NOTE_RATE),
  });
  const context: ApiContext = {
    ...ports,
    settings,
    signIns,
    party: { id: url.hostname, name: 'Picturelock', origins: [url.origin] },
    ceremonies: new Ceremonies(clock, random),
    mails: new MailIndex(keys, random),
    rate: new RateLimit(SIGN_IN_RATE),
    floodNotes: new RateLimit(FLOOD_NOTE_RATE),
    sessionRate: new RateLimit(SESSION_RATE),
    usedSteps: new UsedSteps(clock.now()),
    counters: new Map(),
    firstOwner: makeId('person', random.bytes(ID_RANDOM_BYTES)),
  };
  const identities = { signIns, serviceTokens, secure: settings.secure };
  const api = createApi(context, identities, options);
  const may = (caller: Caller, on: Parameters<typeof decide>[3]) =>
    decide(ports.engine.state(), caller, 'ledger.see', on, clock.now()).allow;
  return {
    ...api,
    context,
    authenticate: (given) => authenticate(identities, given),
    fileActor: async (given) => {
      const caller = await authenticate(identities, given);
      return isRefused(caller)
        ? caller
        : ok({ actor: actorOf(caller.value, ports.engine.state()), session: caller.value.session });
    },
    maySeeLog: (caller) =>
      may(caller, {}) || [...ports.engine.state().projects.keys()].some((project) => may(caller, { project })),
    maySeeEntries: (caller) => may(caller, {}),
    close: () => signIns.close(),
  };
}

/** A crash between an erasure's entry and the end of its key is made good at the next start. */
function finishErasures({ engine, keys }: Ports): void {
  for (const { id, standing, name } of engine.state().people.values()) {
    if (standing === 'erased' && keys.unseal(name) !== undefined) keys.destroy(id);
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
