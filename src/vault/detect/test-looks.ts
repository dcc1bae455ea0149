/** Looks on their way from one snapshot's judgement to the next, for tests and the bench. */
import { zstdCompressSync } from 'node:zlib';
import { decodePast, encodedLooks } from '#vault/detect/look-file.ts';
import type { PastLooks } from '#vault/detect/past-looks.ts';

/** As the file has them that is sealed beside the manifest. */
export function sealedBytes(looks: PastLooks): Buffer {
  return zstdCompressSync(Buffer.concat(Array.from(encodedLooks(looks), (part) => Buffer.from(part))));
}

export function cameBack(looks: PastLooks): Promise<PastLooks> {
  return decodePast(sealedBytes(looks));
}
