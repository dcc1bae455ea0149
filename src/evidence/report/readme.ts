/** The plain text that whoever opens a bundle reads first. */
import type { ReportInput } from './input.ts';
import { utc } from './text.ts';

export function renderReadme(input: ReportInput): string {
  const { seal } = input;
  const alias = input.end.project?.alias ?? input.project;
  return `PICTURELOCK EVIDENCE BUNDLE

Project    ${alias} (${input.project})
Range      ${input.from === null ? 'from its beginning' : `${utc(input.from)} UTC`} to ${input.until === null ? 'the seal' : `${utc(input.until)} UTC`}
Ledger     ${seal.origin}, ${seal.size} entries, root ${seal.root}
Complete   ${input.placed.length} entries of the project, up to ${utc(seal.headsAt)} UTC

START HERE
  report.html          open in any browser; prints on A4 and Letter
  node verify.mjs .    checks this whole folder (or the zip) offline; needs Node 20 or newer and nothing else

WHAT IS INSIDE
  stream/              every entry of the project, one JSON object a line, byte for byte as logged; its places in the ledger;
                       the proof that no entry is missing
  support/             entries about people, roles and cuts that the project's entries name; keys that open people's names
  state/               who has access and what happened, at both ends of the range, re-derived by the verifier from the entries
  network-map.svg,     the facility's segments and what may pass between them, as declared at the end of the range, and which rules of
  network.json         sound segmentation hold; made by the facility from its ledger, not re-derived by the verifier
  log/                 signed checkpoint and hash tiles (c2sp.org/tlog-checkpoint, c2sp.org/tlog-tiles)
  proofs/              one c2sp.org/tlog-proof per entry, when there are few
  policy.txt           the ledger's public keys (c2sp.org/tlog-policy)
  manifest.json        SHA-256 of every file here
  verify.mjs, report/  the verifier and the code that rendered the report: plain JavaScript to read

BEFORE YOU TRUST IT
  1. Get verify.mjs and the facility's keys from somewhere other than this bundle.
  2. Run:  node verify.mjs BUNDLE --policy YOUR-KEYS.txt
  3. It says what it checked, line by line, and ends with 0 when everything holds.
     It cannot tell whether the facility recorded what really happened, or shows another ledger to somebody else:
     witnesses that cosign the checkpoint, listed in your policy, are the answer to the second.
`;
}
