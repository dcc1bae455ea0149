/**
 * How long a step takes, by what a drill measured: our own tool by the time that the drill's certificate tells for the whole of its snapshot, the second tool
 * by what it took for its share. What nobody measured is said, never guessed.
 */
import type { Measured } from './facts.ts';
import { bytesText, spanText } from './quantities.ts';
import type { Drill } from '#model/backup-state.ts';
import type { State } from '#model/state.ts';
import type { ProjectId, VaultId } from '#std/ids.ts';

type Result = NonNullable<Drill['result']>;

/** From this vault: of this project if it was drilled from there, else of whatever was. */
export function measuredOurs(state: State, vault: VaultId, project: ProjectId): Measured | undefined {
  const sizes = new Map([...state.backups.taken.values()].map(({ taken }) => [taken?.snapshot, taken?.bytes]));
  return newestOf(state, vault, project, ({ held, snapshot, rtoMs }) =>
    held ? measure(sizes.get(snapshot), rtoMs) : undefined,
  );
}

/** What the second tool took for its share of a drill that held. */
export function measuredSecond(state: State, vault: VaultId, project: ProjectId): Measured | undefined {
  return newestOf(state, vault, project, ({ held, second }) => (held ? measure(second?.bytes, second?.ms) : undefined));
}

function newestOf(
  { backups }: State,
  vault: VaultId,
  project: ProjectId,
  measured: (result: Result) => Measured | undefined,
): Measured | undefined {
  const drills = [...backups.drills.values()]
    .filter((drill) => drill.vault === vault)
    .sort((a, b) => Number(b.project === project) - Number(a.project === project) || b.begunAt - a.begunAt);
  for (const { result } of drills) {
    const found = result === undefined ? undefined : measured(result);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Nobody is promised less than a second. */
const SPAN_MS_MIN = 1000;

/** Nothing in no time is no measure. */
function measure(bytes = 0, ms = 0): Measured | undefined {
  return bytes === 0 || ms === 0 ? undefined : { bytes, ms };
}

export function expectedText(bytes: number, measured: Measured | undefined): string {
  const size = bytesText(bytes);
  if (measured === undefined || measured.bytes === 0 || measured.ms === 0)
    return `${size}; how long it takes is not measured yet`;
  const span = spanText(Math.max(SPAN_MS_MIN, (bytes / measured.bytes) * measured.ms));
  return `${size}, about ${span}, as a drill measured it`;
}

/** The second tool has a share, and its start is in its time: with a small share that is most of it. */
export function expectedSecondText(bytes: number, measured: Measured | undefined): string {
  const said = expectedText(bytes, measured);
  return measured === undefined ? said : `${said} with restic over ${bytesText(measured.bytes)}`;
}
