/**
 * The portal's bulk transfers in a process of their own, as in production: real files, real registry, the engine at the other end of
 * its socket. Only signing in is left out: a request names its session. Prints `ready <port>`.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createFileService } from '#gates/files/service.ts';
import { createBulkHandler } from '#gates/portal/bulk/handler.ts';
import { decideSignIn } from '#gates/registry/holding.ts';
import { createRegistry } from '#gates/registry/registry.ts';
import { createClock } from '#host/clock.ts';
import { connectEngine } from '#host/engine-socket/client.ts';
import { createRandom } from '#host/random.ts';
import { openWorkspaces } from '#host/workspace/workspaces.ts';
import { isId } from '#std/ids.ts';
import type { SessionId } from '#std/ids.ts';
import { isRefused, refused } from '#std/refused.ts';

const [data = '', storage = '', certificate = '', key = ''] = process.argv.slice(2);
const engine = await connectEngine(data);
const clock = createClock();
const random = createRandom();
const files = createFileService({ engine, workspaces: openWorkspaces(storage), clock, random });
const registry = createRegistry({
  engine,
  clock,
  random,
  gate: 'portal',
  decide: decideSignIn,
  shape: 'visits',
  onFault: (error) => console.error(error),
});
const bulk = createBulkHandler({
  files,
  clock,
  authenticate: (request) => {
    const [, id] = (request.headers.authorization ?? '').split(' ');
    if (!isId('session', id)) return refused('not-signed-in', 'Sign in first.');
    const session = registry.get(id as SessionId) ?? registry.adopt(id as SessionId);
    if (isRefused(session)) return session;
    return { actor: { person: session.person, session: session.id, gate: 'portal', from: '127.0.0.1' }, session };
  },
  projectByAlias: (alias) => engine.state().index.projectByAlias.get(alias),
});
const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key), minVersion: 'TLSv1.3', requestTimeout: 0, noDelay: true },
  (request, response) => {
    if (!bulk(request, response)) response.writeHead(404).end();
  },
);
server.listen(0, '127.0.0.1', () => console.log(`ready ${(server.address() as AddressInfo).port}`)); // a TCP server has a port
