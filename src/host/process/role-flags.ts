/** What each process asks of the JavaScript engine. */
import type { Role } from './settings.ts';

/**
 * An upload's body reaches the portal as 16 KiB pieces, each with memory of its own outside the heap, and each useless as soon as it is copied
 * on. V8 counts that memory and answers with collections of the whole heap, many a second, which take more of the processor than
 * TLS does. With a small nursery, swept at once, the pieces are found dead by collections that cost next to nothing: in
 * `bench/transfer-portal.ts` whole collections fall to a fifth, and the process needs a quarter less processor per byte.
 */
const SHORT_LIVED_BUFFERS = ['--max-semi-space-size=1', '--no-concurrent-array-buffer-sweeping'] as const;

export function roleFlags(role: Role): readonly string[] {
  return role === 'portal' ? SHORT_LIVED_BUFFERS : [];
}
