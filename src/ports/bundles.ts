/**
 * Evidence bundles: an archive about one project that verifies offline.
 *
 * - `export` refuses (a value) an unknown project, a range whose end is not sealed yet, and a project that is too large for one
 *   archive. The same ledger, checkpoint and range give the same bytes.
 * - `verify` runs the very file that an assessor runs. `policy` (tlog-policy text) brings the verifier's own keys; without it the
 *   bundle's own policy is taken, and a line says so.
 */
import type { ProjectId } from '#std/ids.ts';
import type { Outcome } from '#std/refused.ts';

export interface BundleRange {
  /** The report and the first state begin here; the proof always begins with the project. */
  readonly from?: number;
  /** Exclusive. Without it everything under the newest seal. */
  readonly until?: number;
}

export interface ExportedBundle {
  /** `picturelock-ALIAS-….zip` */
  readonly name: string;
  readonly zip: Uint8Array;
  /** Hex, of the zip: what `bundle.exported` records. */
  readonly sha256: string;
  readonly entryCount: number;
}

export interface BundleCheck {
  readonly holds: boolean;
  /** The checklist, in order. A `note` neither proves nor breaks anything, but whoever reads a pass has to know it. */
  readonly lines: readonly { readonly level: 'ok' | 'note' | 'fail'; readonly text: string }[];
}

export interface Bundles {
  export(project: ProjectId, range: BundleRange): Promise<Outcome<ExportedBundle>>;
  verify(zip: Uint8Array, policy?: string): Promise<BundleCheck>;
}
