/**
 * The files of the example facility, put there by its people through the real gate: decided, recorded, hashed and type-checked like every
 * other upload. One arrives that is not what its name says, so that there is something set aside to look at.
 */
import type { Buffer } from 'node:buffer';
import { clip, dpx, edl, png, premiereProject, wav } from './example-media.ts';
import type { Clock } from '#ports/clock.ts';
import type { FileActor, FileService } from '#ports/files.ts';
import type { LiveSession, SessionRegistry } from '#ports/sessions.ts';
import { HOUR_MS } from '#model/limits.ts';
import type { PersonId, ProjectId } from '#std/ids.ts';
import type { Outcome, Refused } from '#std/refused.ts';
import { isRefused } from '#std/refused.ts';

export interface ExampleGate {
  readonly files: FileService;
  readonly sessions: SessionRegistry;
  readonly clock: Clock;
}

/** What the ledger says of the program that they used. */
const CLIENT = 'Example facility';
const FRAMES = Array.from({ length: 12 }, (_, index) => 1001 + index);
const EXPECTED = new Set(['type-mismatch']);

type Row = readonly [who: string, alias: string, path: string, content: () => Buffer];

const FILES: readonly Row[] = [
  ['dele', 'nightjar', 'media/reel-01/A001_C001.mov', () => clip(0.58)],
  ['dele', 'nightjar', 'media/reel-01/A001_C002.mov', () => clip(0.62)],
  ['dele', 'nightjar', 'media/reel-01/A001_C003.mov', () => clip(0.08)],
  ['dele', 'nightjar', 'media/sound/wild-track-harbour.wav', () => wav(2, 220)],
  ...FRAMES.map((number): Row => {
    const path = `media/plates/sh010/sh010.${number}.dpx`;
    return ['dele', 'nightjar', path, () => dpx(64, 36, number)];
  }),
  ['ines', 'nightjar', 'project/reel-01.edl', () => edl('REEL 01', ['A001_C001', 'A001_C003', 'A001_C002'])],
  ['ines', 'nightjar', 'project/reel-01.prproj', premiereProject],
  ['joon', 'nightjar', 'review/reel-01-cut-3.mov', () => clip(0.6, 2)],
  ['joon', 'nightjar', 'review/reel-01-look.png', () => png(0.6)],
  ['joon', 'nightjar', 'incoming/camera-report.mov', premiereProject],
  ['joon', 'nightjar', 'incoming/day-04/A002_C001.mov', () => clip(0.5)],
  ['joon', 'nightjar', 'incoming/day-04/A002.wav', () => wav(1)],
  ['dele', 'nightjar', 'deliveries/vfx-turnover/sh010.edl', () => edl('SH010', ['A001_C002'])],
  ['dele', 'saltmarsh', 'media/ep-201/B004_C011.mov', () => clip(0.3)],
  ['dele', 'saltmarsh', 'media/ep-201/B004_C012.mov', () => clip(0.34)],
  ['joon', 'saltmarsh', 'incoming/ep-201-guide.wav', () => wav(3, 330)],
  ['ines', 'paper-lantern', 'project/trailer.edl', () => edl('TRAILER', ['C002_C001', 'C002_C004'])],
  ['ines', 'paper-lantern', 'review/trailer-temp.mov', () => clip(0.95)],
];

interface Cast {
  readonly person: (short: string) => PersonId;
  readonly project: (alias: string) => ProjectId;
}

/** Everybody at once, each their own files one after another. Answers the first refusal that was not to be expected. */
export async function putExampleFiles(
  gate: ExampleGate,
  cast: Cast,
  from: string | undefined,
): Promise<Refused | undefined> {
  const byPerson = Map.groupBy(FILES, ([who]) => who);
  const refusals = await Promise.all(
    [...byPerson].map(async ([who, rows]) => {
      const session = await signIn(gate, cast.person(who), from);
      if (isRefused(session)) return session;
      try {
        return await putAll(gate, session, cast, rows);
      } finally {
        await session.close('signed-out');
      }
    }),
  );
  return refusals.find((refusal) => refusal !== undefined);
}

/** They come from where the example was asked for. */
function signIn(
  { sessions, clock }: ExampleGate,
  person: PersonId,
  from: string | undefined,
): Promise<LiveSession | Refused> {
  const now = clock.now();
  const place = from === undefined ? {} : { from };
  return sessions.open({ gate: 'portal', person, client: CLIENT, factorAt: now, until: now + HOUR_MS, ...place });
}

async function putAll(
  { files }: ExampleGate,
  { id: session, person, factorAt, from }: LiveSession,
  cast: Cast,
  rows: readonly Row[],
): Promise<Refused | undefined> {
  const actor: FileActor = {
    person,
    session,
    gate: 'portal',
    ...(factorAt === undefined ? {} : { factorAt }),
    ...(from === undefined ? {} : { from }),
  };
  for (const [, alias, path, content] of rows) {
    const refusal = await put(files, actor, cast.project(alias), path, content());
    if (refusal !== undefined && !EXPECTED.has(refusal.code)) return refusal;
  }
  return undefined;
}

async function put(
  files: FileService,
  actor: FileActor,
  project: ProjectId,
  path: string,
  bytes: Buffer,
): Promise<Refused | undefined> {
  for (const folder of foldersOf(path)) await files.makeFolder(actor, project, folder); // one that is there stays
  const opened = await files.openWrite(actor, project, path, { sizeBytes: bytes.length });
  if (isRefused(opened)) return opened;
  opened.value.writeSync(bytes, 0);
  const finished: Outcome<unknown> = await opened.value.finish();
  return isRefused(finished) ? finished : undefined;
}

/** The folders above it, but for the top one, which every workspace has. */
function foldersOf(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1);
  return names.slice(1).map((_, index) => names.slice(0, index + 2).join('/'));
}
