/** Blobs: what packs hold. Data blobs are pieces of files, tree blobs are folders; each is named by the SHA-256 of its plain bytes. */
export type BlobType = 'data' | 'tree';

export interface BlobPlace {
  readonly type: BlobType;
  /** Offset and length of the sealed blob within its pack. */
  readonly offset: number;
  readonly length: number;
  /** Plain length of a compressed blob; undefined when it is stored as it is. */
  readonly plainLength?: number;
}

export interface PackedBlob extends BlobPlace {
  /** SHA-256 in hex. */
  readonly id: string;
}

/** Every id is 32 bytes, written as 64 hex digits. */
export const ID_BYTES = 32;

export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
