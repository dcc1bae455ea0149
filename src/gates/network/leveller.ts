/**
 * Brings the packet filter to what a state says. What is loaded is known from the last proof; whenever that is in doubt it is listed and proved
 * anew. One pass runs at a time; whoever calls sees to that.
 */
import { applyRules, EARLY_MS_MAX, LATE_MS_MAX, proveLoaded, sayProof } from './applying.ts';
import type { Deadlines } from './deadlines.ts';
import { createDeadlines } from './deadlines.ts';
import type { Findings } from './findings.ts';
import { BY } from './findings.ts';
import type { MarkBook } from './mark-book.ts';
import { createMarkBook } from './mark-book.ts';
import type { PathBook } from './path-book.ts';
import { createPathBook } from './path-book.ts';
import type { Quarantined } from './quarantined.ts';
import { quarantineChange, quarantinedOf } from './quarantined.ts';
import { drift, NOT_CONFIRMED, rolledBack, ROLLED_BACK_KEY } from './troubles.ts';
import { elementsOf, standingHash, wantedElements, wantedRules } from './wanted-rules.ts';
import type { CommandOf } from '#model/commands.ts';
import type { OpenPath } from '#model/network-state.ts';
import type { State } from '#model/state.ts';
import { changeOf, isNothing } from '#plan/network/nft/elements.ts';
import { settled } from '#plan/network/nft/loaded-policy.ts';
import type { ListedRules } from '#plan/network/nft/parse-rules.ts';
import { parseRules } from '#plan/network/nft/parse-rules.ts';
import type { Wanted } from '#plan/network/nft/prove-loaded.ts';
import type { Clock } from '#ports/clock.ts';
import type { EngineClient } from '#ports/engine.ts';
import type { Random } from '#ports/random.ts';
import type { Warden } from '#ports/warden.ts';
import type { ApplyId } from '#std/ids.ts';
import { ID_RANDOM_BYTES, makeId } from '#std/ids.ts';
import { Fault } from '#std/refused.ts';

/** The parts of a state that the standing rules come from: the same objects, the same rules. */
type Parts = readonly unknown[];

/** What is loaded, as far as it was proved. */
interface Standing {
  /** Of the part that a person decides. */
  readonly hash: string;
  readonly parts: Parts;
  quarantined: Quarantined;
  /** Somebody has to confirm this apply by then. */
  readonly unconfirmed: { readonly apply: ApplyId; readonly by: number } | undefined;
}

/** Paths and quarantine are in the kernel as the state says; `closed` are the paths that were taken away. */
type OnCommitted = (closed: readonly OpenPath[]) => void;

export interface LevellerParts {
  readonly engine: EngineClient;
  readonly warden: Warden;
  readonly clock: Clock;
  readonly random: Random;
  readonly findings: Findings;
  readonly confirmMs: number;
}

export class Leveller {
  readonly #parts: LevellerParts;
  readonly #marks: MarkBook;
  readonly #deadlines: Deadlines;
  readonly #book: PathBook;
  #standing: Standing | undefined;
  /** What nobody confirmed is not loaded again until something is decided anew. */
  #rolledBack: Parts | undefined;
  #isSuspect = true;
  #process: string | undefined;

  constructor(parts: LevellerParts) {
    this.#parts = parts;
    this.#marks = createMarkBook();
    this.#deadlines = createDeadlines(parts.clock);
    this.#book = createPathBook(this.#marks, this.#deadlines);
  }

  /** What is loaded has to be looked at; `process` changed it. */
  suspect(process?: string): void {
    this.#isSuspect = true;
    this.#process = process ?? this.#process;
  }

  /** Paths and quarantine come first, and are said to be done before anything else is tried: what a load is refused for does not hold them up. */
  async pass(state: State, onCommitted: OnCommitted): Promise<void> {
    if (state.network.mode === 'off') return this.#unload();
    const standing = this.#standing;
    if (standing !== undefined && !this.#isSuspect) onCommitted(await this.#changeElements(state, standing));
    if (!this.#isLevel(state)) await this.#levelStanding(state, onCommitted);
  }

  #isLevel(state: State): boolean {
    return this.#standing !== undefined && !this.#isSuspect && isSame(this.#standing.parts, partsOf(state));
  }

  async #unload(): Promise<void> {
    if (this.#standing !== undefined || this.#isSuspect) await this.#parts.warden.unload();
    this.#standing = undefined;
    this.#rolledBack = undefined;
    this.#isSuspect = false;
  }

  /** Paths and quarantine, in one transaction. */
  async #changeElements(state: State, standing: Standing): Promise<readonly OpenPath[]> {
    const { warden, clock } = this.#parts;
    const { closed, ...paths } = this.#book.follow(state.network.paths, clock.now());
    const quarantined = quarantinedOf(state);
    const change = { ...paths, ...quarantineChange(standing.quarantined, quarantined) };
    if (!isNothing(change)) await warden.change(change);
    standing.quarantined = quarantined;
    return closed;
  }

  /** The same, against what the kernel lists rather than what this gate remembers. */
  async #levelListed(state: State, listed: ListedRules): Promise<readonly OpenPath[]> {
    const { warden, clock } = this.#parts;
    const at = clock.now();
    const wanted = wantedElements(state, this.#marks, this.#deadlines, at);
    const tolerance = { earlyMs: EARLY_MS_MAX, lateMs: LATE_MS_MAX };
    const there = elementsOf(settled(listed, wanted.grants, tolerance));
    const change = changeOf(there, wanted, at);
    if (!isNothing(change)) await warden.change(change);
    return this.#book.restart(state.network.paths);
  }

  async #levelStanding(state: State, onCommitted: OnCommitted): Promise<void> {
    const isRepair = this.#isSuspect && this.#standing !== undefined;
    if (this.#isSuspect && (await this.#takeUp(state, onCommitted))) return;
    if (this.#rolledBack !== undefined && isSame(this.#rolledBack, partsOf(state))) return this.#holdBack(state);
    const { hash, parts } = this.#standing ?? {};
    const wanted = standingHash(this.#want(state).rules);
    const isDecided = parts === undefined || !isSame(parts.slice(DECIDED), partsOf(state).slice(DECIDED));
    if (!isRepair && !this.#isSuspect && !isDecided && hash === wanted && this.#standing !== undefined) {
      this.#standing = { ...this.#standing, parts: partsOf(state) }; // a name or a reason was changed, and no rule
      return;
    }
    onCommitted(await this.#load(state, wanted));
  }

  #want(state: State): Wanted {
    return wantedRules(state, this.#marks, this.#deadlines, this.#parts.clock.now());
  }

  /**
   * True when what is loaded is as it should be: this gate or another life of it has loaded it. Where it is not, and is ours all the same, its
   * paths and its quarantine are brought to the state before a load is tried.
   */
  async #takeUp(state: State, onCommitted: OnCommitted): Promise<boolean> {
    const { warden, clock, findings } = this.#parts;
    const listed = await this.#listed();
    if (listed !== undefined) this.#marks.adopt(listed.grants);
    if (this.#standing === undefined && this.#rolledBack === undefined && isRolledBack(state))
      this.#rolledBack = partsOf(state);
    const { proof } = await proveLoaded(warden, clock, () => this.#want(state));
    const hash = listed === undefined ? undefined : standingHash(listed);
    const wanted = standingHash(this.#want(state).rules);
    const isForeign = this.#process !== undefined || hash !== this.#standing?.hash;
    if (proof.kind !== 'equal' && this.#standing !== undefined && isForeign)
      await findings.found(drift(sayProof(proof), this.#process));
    this.#process = undefined;
    const isOurs = hash === wanted || proof.kind === 'equal';
    if (isOurs && this.#standing === undefined && (await this.#isUnrecorded(state, wanted))) {
      if (listed !== undefined) onCommitted(await this.#levelListed(state, listed));
      return false;
    }
    if (isOurs)
      this.#standing ??= { hash: wanted, parts: partsOf(state), quarantined: NONE, unconfirmed: unconfirmedIn(state) };
    if (proof.kind !== 'equal' || this.#standing === undefined) {
      if (listed !== undefined) onCommitted(await this.#levelListed(state, listed));
      return false;
    }
    onCommitted(this.#settle(state, this.#standing));
    return true;
  }

  /**
   * Another life of this gate loaded rules that wait for somebody's word, and died before the ledger knew of them: nobody could keep them. Or before the
   * warden knew that they were kept, which is told now.
   */
  async #isUnrecorded({ network: { apply } }: State, hash: string): Promise<boolean> {
    const { isPending } = await this.#parts.warden.status();
    if (!isPending) return false;
    if (apply?.standingSha256 !== hash || apply.standing === 'rolled-back') return true;
    if (apply.standing === 'confirmed') await this.#parts.warden.confirm();
    return false;
  }

  async #listed(): Promise<ListedRules | undefined> {
    const { warden, clock } = this.#parts;
    const at = clock.now();
    const listing = await warden.list();
    const parsed = listing === undefined ? undefined : parseRules(listing, at);
    return parsed?.kind === 'rules' ? parsed.rules : undefined;
  }

  #settle(state: State, standing: Standing): readonly OpenPath[] {
    this.#standing = { ...standing, parts: partsOf(state), quarantined: quarantinedOf(state) };
    this.#isSuspect = false;
    return this.#book.restart(state.network.paths);
  }

  /** The rules from before the roll-back stand; paths and quarantine go on. */
  async #holdBack(state: State): Promise<void> {
    const listed = await this.#listed();
    if (listed === undefined) throw new Fault('not-proved', 'The rules from before the roll-back are not loaded.');
    this.#marks.adopt(listed.grants);
    const open = new Set(listed.grants.map(({ id }) => id));
    this.#book.restart(state.network.paths.filter(({ id }) => open.has(id)));
    const quarantined = { v4: listed.quarantined4, v6: listed.quarantined6 };
    this.#standing = { hash: standingHash(listed), parts: partsOf(state), quarantined, unconfirmed: undefined };
    this.#isSuspect = false;
    await this.#changeElements(state, this.#standing);
  }

  async #load(state: State, hash: string): Promise<readonly OpenPath[]> {
    const { warden, clock, random, findings } = this.#parts;
    const confirmWithinMs = this.#confirmMs(hash);
    const loaded = await applyRules({ warden, clock, want: () => this.#want(state), confirmWithinMs });
    const known = this.#standing?.hash === hash ? this.#standing.unconfirmed : undefined;
    const apply = known?.apply ?? makeId('apply', random.bytes(ID_RANDOM_BYTES));
    const by = confirmWithinMs === undefined ? undefined : (known?.by ?? clock.now() + confirmWithinMs);
    const unconfirmed = by === undefined ? undefined : { apply, by };
    const closed = this.#settle(state, { hash, parts: [], quarantined: NONE, unconfirmed });
    this.#deadlines.keep(new Set(this.#want(state).rules.grants.map(({ id }) => id)));
    this.#rolledBack = undefined;
    if (known !== undefined) return closed; // the same apply, repaired
    const data = {
      mode: state.network.mode,
      fromSize: state.size,
      standingSha256: hash,
      ...loaded,
      ...(by === undefined ? {} : { confirmBy: by }),
    };
    await this.#record({ kind: 'record-apply', apply, ...data });
    await findings.settle(ROLLED_BACK_KEY);
    return closed;
  }

  /** What could not be recorded is taken up like another life's: it cannot be confirmed as it is. */
  async #record(applied: CommandOf<'record-apply'>): Promise<void> {
    const [standing, { engine }] = [this.#standing, this.#parts];
    this.#standing = undefined;
    const answer = await engine.command(applied, BY);
    if (answer.kind === 'refused') throw new Fault(answer.code, `The apply was not recorded: ${answer.message}`);
    this.#standing = standing;
  }

  /** What somebody decided waits for somebody's word; the repair of what is confirmed does not. */
  #confirmMs(hash: string): number | undefined {
    if (this.#standing?.hash !== hash) return this.#parts.confirmMs;
    const { unconfirmed } = this.#standing;
    return unconfirmed === undefined ? undefined : Math.max(1, Math.round(unconfirmed.by - this.#parts.clock.now()));
  }

  async confirmIfAsked({ network: { apply } }: State): Promise<void> {
    const standing = this.#standing;
    if (standing?.unconfirmed === undefined || apply?.id !== standing.unconfirmed.apply) return;
    if (apply.standing !== 'confirmed') return;
    this.#standing = { ...standing, unconfirmed: undefined };
    await this.#parts.warden.confirm();
  }

  /** The warden took the rules back; what nobody confirmed is not loaded again by itself. */
  async takenBack(state: State): Promise<void> {
    const { engine, findings } = this.#parts;
    const unconfirmed = this.#standing?.unconfirmed ?? unconfirmedIn(state);
    this.#rolledBack = this.#standing?.parts ?? partsOf(state);
    this.#standing = undefined;
    this.#isSuspect = true;
    if (unconfirmed !== undefined)
      await engine.command({ kind: 'record-rollback', apply: unconfirmed.apply, why: NOT_CONFIRMED }, BY);
    await findings.found(rolledBack());
  }
}

const NONE: Quarantined = { v4: [], v6: [] };
/** The last parts are decisions by themselves: the mode, and the word to load again. */
const DECIDED = -2;

function partsOf({ zones, hosts, network }: State): Parts {
  const { services, flows, exposures, mode, applyAskedAt } = network;
  return [zones, hosts, services, flows, exposures, mode, applyAskedAt];
}

function isSame(a: Parts, b: Parts): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

function unconfirmedIn({ network: { apply } }: State): Standing['unconfirmed'] {
  return apply?.standing === 'unconfirmed' && apply.confirmBy !== undefined
    ? { apply: apply.id, by: apply.confirmBy }
    : undefined;
}

/** Nothing was decided since the roll-back. */
function isRolledBack({ network: { apply, applyAskedAt = 0, modeSince } }: State): boolean {
  return apply?.standing === 'rolled-back' && apply.at > applyAskedAt && apply.at > modeSince;
}
