/**
 * What a report is rendered from: only what the verifier has proven before it renders the same report again.
 *
 * The files of this folder also travel inside every bundle, with their types stripped. So they import nothing at run time but one
 * another, use no locale and no time zone, and give the same text on every machine.
 */
import type { Placed } from '#model/events.ts';
import type { ProjectView } from '../project-view.ts';

export interface ReportInput {
  readonly project: string;
  readonly from: number | null;
  readonly until: number | null;
  readonly placed: readonly Placed[];
  readonly support: readonly Placed[];
  /** By person id; people whose key was destroyed are missing. */
  readonly names: Readonly<Record<string, string>>;
  readonly start: ProjectView;
  readonly end: ProjectView;
  readonly seal: {
    readonly origin: string;
    readonly size: number;
    readonly root: string;
    readonly headsIndex: number;
    readonly headsAt: number;
  };
  readonly policy: string;
}
