/**
 * `npm run demo`: the main job, played on real input with the real product. Each ✓ was checked; the first that does not
 * hold ends the demo with exit code 1. `--exit` ends after the story instead of leaving the pages running.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import type { RunningFacility } from './facility.ts';
import { removeDirectory, startFacility, throwawayDirectory } from './facility.ts';
import type { Media } from './media.ts';
import { makeMedia } from './media.ts';
import { breach } from './breach.ts';
import { bytes, chapter, demand, fact, link, say, shown } from './narrate.ts';
import { PortalClient, Refusal } from './portal-client.ts';
import { ransomware } from './ransomware.ts';
import { hasSftp, makeKey, sftp } from './sftp-client.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PROJECT = 'saltmarsh';
const DAY_MS = 86_400_000;
/** Slow enough that the long clip is still on its way when access ends. */
const SLOW_BYTES_PER_SECOND = 4_000_000;
const SLOW_SFTP_KBIT = 60_000;
const PASSWORD = 'correct-Horse-battery-9-staple';

interface Story {
  readonly facility: RunningFacility;
  readonly owner: PortalClient;
  readonly robin: PortalClient;
  readonly work: string;
  readonly media: Media;
  readonly key: { readonly privateKey: string; readonly publicKey: string };
}

const exitAfter = process.argv.includes('--exit');
const directory = throwawayDirectory();
let running: RunningFacility | undefined;
try {
  console.log('Picturelock: access that ends, files that are accounted for, evidence that verifies offline.');
  const story = await begin();
  await putOnProject(story);
  await moveMedia(story);
  const cutAt = await endWhileMoving(story);
  await evidence(story, cutAt);
  await breach();
  await ransomware(story.owner, { data: story.facility.data, directory, project: PROJECT });
  await leaveRunning(story);
} catch (cause) {
  console.error(`\nThe demo stopped: ${cause instanceof Error ? cause.message : String(cause)}`);
  process.exitCode = 1;
} finally {
  await running?.stop();
  removeDirectory(directory);
}

async function begin(): Promise<Story> {
  chapter('A facility');
  const work = join(directory, 'freelancer');
  mkdirSync(work);
  const facility = await startFacility(join(directory, 'data'), ROOT, { portal: 0, sftp: 0 });
  running = facility;
  fact('pages', facility.portal);
  fact('sftp', `${facility.sftp.host} port ${facility.sftp.port}`);
  const owner = new PortalClient(facility.portal);
  await owner.firstRun('Harbour Post', 'Olive Owner', PASSWORD);
  const example = await owner.call<{ people: unknown[]; projects: { alias: string }[] }>('POST', '/first-run/example');
  shown(
    `created by its owner: ${example.people.length} people on ${example.projects.length} projects (${example.projects.map((one) => one.alias).join(', ')})`,
  );
  const media = makeMedia(work);
  shown(
    `real media: ${media.files.length} files by ${media.madeBy}, and one take of ${bytes(media.longClip.sizeBytes)}`,
  );
  return { facility, owner, robin: new PortalClient(facility.portal), work, media, key: makeKey(work) };
}

async function putOnProject({ owner, robin, key }: Story): Promise<void> {
  chapter('A freelancer, until a date');
  const added = await owner.call<{ person: { id: string }; link: string }>('POST', '/people', {
    name: 'Robin Vale',
    mail: 'robin@freelance.example',
    inviteDays: 3,
  });
  const now = Date.now();
  const wanted = { person: added.person.id, role: 'assistant-editor', from: now, until: now + 14 * DAY_MS };
  const effect = await owner.call<{ sentences: string[] }>('POST', `/projects/${PROJECT}/engagements/preview`, wanted);
  say(`before it is given: ${effect.sentences[0] ?? ''}`);
  await owner.call('POST', `/projects/${PROJECT}/engagements`, wanted);
  shown(`Robin is assistant editor on ${PROJECT} until ${new Date(wanted.until).toISOString().slice(0, 10)}`);
  await robin.acceptInvitation(added.link, PASSWORD);
  shown('Robin followed the invitation, chose a password and a TOTP app, and is signed in');
  await robin.call('POST', '/me/credentials/ssh-key', { publicKey: key.publicKey, label: 'Robin’s laptop' });
  shown('and added an SSH public key for SFTP');
}

async function moveMedia(story: Story): Promise<void> {
  const { robin, media, work, facility, key } = story;
  chapter('Media moves, each access recorded before its bytes');
  const started = Date.now();
  for (const file of media.files) await robin.upload(PROJECT, file.to, join(work, file.path));
  await robin.upload(PROJECT, media.longClip.to, join(work, media.longClip.path));
  shown(
    `uploaded through the portal (tus): ${media.files.length + 1} files in ${((Date.now() - started) / 1000).toFixed(1)} s`,
  );
  const refused = await robin
    .upload(PROJECT, 'incoming/holiday.exe', new URL(import.meta.url).pathname)
    .catch((cause: unknown) => cause);
  demand(
    refused instanceof Refusal,
    `a file of a kind that nobody admits is refused: ${refused instanceof Refusal ? refused.message : ''}`,
  );
  const back = await robin.downloadHash(PROJECT, media.longClip.to);
  demand(
    back.sha256 === sha256Of(join(work, media.longClip.path)),
    `downloaded again, the same bytes: sha256 ${back.sha256.slice(0, 16)}…`,
  );
  if (!hasSftp()) return say('(no OpenSSH client on this machine: the SFTP part is left out)');
  const at = { ...facility.sftp, directory: work, privateKey: key.privateKey };
  const put = await sftp(at, [
    `ls ${PROJECT}`,
    `put ${join(work, 'sound/wild-track.wav')} ${PROJECT}/incoming/from-sftp.wav`,
    `get ${PROJECT}/incoming/from-sftp.wav ${join(work, 'back.wav')}`,
  ]).done;
  demand(put.code === 0, `OpenSSH's sftp put a file and got it back${put.code === 0 ? '' : `: ${put.output}`}`);
  demand(sha256Of(join(work, 'back.wav')) === sha256Of(join(work, 'sound/wild-track.wav')), 'the same bytes');
}

async function endWhileMoving({ owner, robin, media, facility, work, key }: Story): Promise<number> {
  chapter('The producer ends it, while transfers run');
  const people = await owner.call<{ engagements: { id: string; person: { name: string }; state: string }[] }>(
    'GET',
    `/projects/${PROJECT}/people`,
  );
  const engagement = people.engagements.find((one) => one.person.name === 'Robin Vale' && one.state === 'live');
  if (engagement === undefined) throw new Error('Robin is not on the project');
  const download = robin.slowDownload(PROJECT, media.longClip.to, SLOW_BYTES_PER_SECOND);
  await download.started;
  const bySftp = hasSftp()
    ? sftp(
        { ...facility.sftp, directory: work, privateKey: key.privateKey },
        [`get ${PROJECT}/${media.longClip.to} ${join(work, 'taken.mov')}`],
        SLOW_SFTP_KBIT,
      )
    : undefined;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  say(
    `a download in the browser (${bytes(download.received())} so far)${bySftp === undefined ? '' : ' and one by sftp'} are running ...`,
  );
  const ordered = Date.now();
  const ended = await owner.call<{ cut: string }>('POST', `/engagements/${engagement.id}/end`, {
    reason: 'Turnover delivered.',
  });
  const [how, exit] = await Promise.all([download.ended, bySftp?.done]);
  demand(
    how === 'cut' && download.received() < media.longClip.sizeBytes,
    `the download stopped at ${bytes(download.received())} of ${bytes(media.longClip.sizeBytes)}, ${Math.max(0, download.lastByteAt() - ordered)} ms after the click`,
  );
  if (exit !== undefined) demand(exit.code !== 0, `sftp was cut: ${exit.output.trim().split('\n').at(-1) ?? ''}`);
  await receipts(owner, ended.cut);
  const again = await robin.downloadHash(PROJECT, media.longClip.to).catch((cause: unknown) => cause);
  demand(again instanceof Refusal, 'asking again is refused');
  if (bySftp !== undefined) {
    const retry = await sftp({ ...facility.sftp, directory: work, privateKey: key.privateKey }, [`ls ${PROJECT}`]).done;
    demand(retry.code !== 0, 'sftp again is refused');
  }
  return ordered;
}

interface CutAnswer {
  readonly cut: {
    readonly complete: boolean;
    readonly receipts: readonly {
      gate: string;
      sessionCount: number;
      ms: number;
      probe: { bytesStopped: boolean; accessRefused: boolean };
    }[];
  };
}

async function receipts(owner: PortalClient, cut: string): Promise<void> {
  const { cut: seen } = await owner.call<CutAnswer>('GET', `/cuts/${cut}?wait=5000`);
  for (const one of seen.receipts) {
    fact(
      `receipt: ${one.gate}`,
      `${one.sessionCount} sessions, ${one.ms.toFixed(1)} ms, bytes stopped: ${one.probe.bytesStopped}, access refused: ${one.probe.accessRefused}`,
    );
  }
  demand(
    seen.complete && seen.receipts.every((one) => one.probe.bytesStopped && one.probe.accessRefused),
    'every gate gave its receipt, each checked by a probe',
  );
}

async function evidence({ owner, facility }: Story, cutAt: number): Promise<void> {
  chapter('The evidence');
  const answer = await bundleWith(owner, cutAt);
  const file = join(directory, `${PROJECT}.zip`);
  writeFileSync(file, answer);
  shown(`bundle exported: ${bytes(answer.length)}`);
  const unpacked = unpack(file);
  const verified = spawnSync(process.execPath, [join(unpacked, 'verify.mjs'), file], { encoding: 'utf8' });
  for (const line of verified.stdout.trim().split('\n')) say(line);
  demand(verified.status === 0, 'the assessor’s own run of the verifier says that everything holds');
  const altered = Buffer.from(answer);
  const place = Math.floor(altered.length / 3);
  altered[place] = (altered[place] ?? 0) ^ 1;
  writeFileSync(`${file}.altered`, altered);
  const refused = spawnSync(process.execPath, [join(unpacked, 'verify.mjs'), `${file}.altered`], { encoding: 'utf8' });
  say(
    (
      refused.stdout
        .trim()
        .split('\n')
        .find((line) => line.startsWith('FAIL')) ?? refused.stderr
    ).trim(),
  );
  demand(refused.status === 1, 'altered by one byte, it is refused');
  const whole = spawnSync(process.execPath, ['src/cli/main.ts', 'verify', facility.data], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  demand(whole.status === 0, 'and the whole ledger verifies');
}

/** The export waits for a seal that covers the cut. */
async function bundleWith(owner: PortalClient, cutAt: number): Promise<Uint8Array> {
  await owner.call('GET', `/ledger?kind=cut.&from=${cutAt}&limit=1`);
  return owner.raw('POST', `/api/v1/projects/${PROJECT}/bundle`, {});
}

function unpack(file: string): string {
  const folder = join(directory, 'unpacked');
  for (const [name, content] of Object.entries(unzipSync(readFileSync(file)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function leaveRunning({ facility }: Story): Promise<void> {
  chapter('Look around');
  for (const [who, url] of guides(facility.data)) link(who, url);
  if (exitAfter) return;
  say(
    'Each link signs that person in with one click. Everything runs until you press Ctrl-C; the directory is removed then.',
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
    void facility.ended.then(() => resolve());
  });
}

interface DemoLink {
  readonly name: string;
  readonly roles: readonly string[];
  readonly url: string;
}

/** One person of each kind. */
function guides(data: string): readonly (readonly [string, string])[] {
  const links = JSON.parse(readFileSync(join(data, 'run', 'demo-links.json'), 'utf8')) as readonly DemoLink[]; // written by the portal with --demo
  return ['owner', 'producer', 'editor', 'security-lead', 'engineer', 'assessor'].flatMap((kind) => {
    // The owner holds several roles; whoever came later holds one.
    const found = links.findLast(({ roles }) => roles.some((role) => role === kind || role.startsWith(`${kind} on `)));
    return found === undefined ? [] : [[`${kind} (${found.name})`, found.url] as const];
  });
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
