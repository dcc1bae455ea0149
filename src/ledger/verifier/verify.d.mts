/** Types of verify.mjs, which itself stays plain JavaScript so that an assessor's Node runs it as it is. */
export interface CheckLine {
  readonly level: 'ok' | 'note' | 'FAIL';
  readonly text: string;
}
export interface CheckResult {
  readonly holds: boolean;
  readonly lines: readonly CheckLine[];
}
export interface Renderers {
  // Method syntax on purpose: the verifier hands over what it proved, and only the renderer knows its full shape.
  renderReport(input: never): string;
  renderReadme(input: never): string;
}
export interface CheckOptions {
  /** tlog-policy text; without it a bundle's own policy.txt is taken. */
  readonly policy?: string | undefined;
  readonly strict?: boolean;
  readonly self?: Uint8Array;
  readonly renderers?: Renderers | undefined;
}
export declare class Broken extends Error {}
export declare function verifyBundle(
  bundle: Uint8Array | ReadonlyMap<string, Uint8Array>,
  options?: CheckOptions,
): CheckResult;
export declare function verifyLedger(
  read: (name: string) => Uint8Array | undefined,
  options?: CheckOptions,
): CheckResult;
export declare function verifyPath(target: string, options?: CheckOptions): CheckResult;
export declare function renderersBeside(folder?: string): Promise<Renderers | undefined>;
export declare function readZip(zip: Uint8Array): ReadonlyMap<string, Uint8Array>;
export declare function canonical(value: unknown): string;
export declare function projectView(
  placed: readonly { readonly index: number; readonly entry: unknown }[],
  until: number | null,
): unknown;
export declare function rootFromInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): Uint8Array;
export declare function rootOf(hashes: Uint8Array): Uint8Array;
export declare function leafHash(entry: Uint8Array): Uint8Array;
