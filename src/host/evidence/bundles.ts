/** Evidence bundles (ports/bundles.ts) over the ledger store, the newest seal and the subjects' keys. */
import { hash } from 'node:crypto';
import { bundleFiles } from '#evidence/bundle.ts';
import { renderReadme } from '#evidence/report/readme.ts';
import { renderReport } from '#evidence/report/report.ts';
import { zipBundle } from '#evidence/zip.ts';
import { parseCheckpoint } from '#ledger/checkpoint.ts';
import { parseNote } from '#ledger/note.ts';
import { verifyBundle } from '#ledger/verifier/verify.mjs';
import type { Bundles } from '#ports/bundles.ts';
import type { LedgerStore, SealedView } from '#ports/ledger-store.ts';
import type { SubjectKeys } from '#ports/subject-keys.ts';
import { isRefused, ok, refused } from '#std/refused.ts';
import { gatherBundle } from './gather.ts';
import { verifierFiles } from './verifier-files.ts';

export interface BundlePorts {
  readonly store: LedgerStore;
  /** The newest signed checkpoint; undefined before the first. */
  readonly sealed: () => SealedView | undefined;
  readonly keys: SubjectKeys;
  /** tlog-policy text with the log's verifier keys (`renderLogPolicy`). */
  readonly policy: string;
}

export function createBundles(ports: BundlePorts): Bundles {
  return {
    async export(project, range) {
      const sealed = ports.sealed();
      if (sealed === undefined)
        return refused('nothing-sealed', 'The ledger has no signed checkpoint yet.', 'Try again in a moment.');
      const checkpoint = { ...parseCheckpoint(parseNote(sealed.note).text), note: sealed.note };
      const input = await gatherBundle({ ...ports, checkpoint, verifier: verifierFiles() }, project, range);
      if (isRefused(input)) return input;
      const zip = zipBundle(bundleFiles(input));
      const created = input.stream[0]?.entry;
      const alias = created?.kind === 'project.created' ? created.data.alias : project;
      return ok({
        name: bundleName(alias, input.headsIndex),
        zip,
        sha256: hash('sha256', zip, 'hex'),
        entryCount: input.stream.length,
      });
    },
    async verify(zip, policy) {
      const { holds, lines } = verifyBundle(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), {
        policy,
        renderers: { renderReport, renderReadme },
      });
      return { holds, lines: lines.map(({ level, text }) => ({ level: level === 'FAIL' ? 'fail' : level, text })) };
    },
  };
}

/** The seal is part of the name, so that two exports of one project are told apart. */
function bundleName(alias: string, headsIndex: number): string {
  return `picturelock-${alias}-${headsIndex}.zip`;
}
