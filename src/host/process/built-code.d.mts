/** Types of built-code.mjs, which says why it is plain JavaScript. */
export const ROOT: string;
export const BUILT_FROM: string;
export const SERVICE_BUNDLE: string;
export const SERVICE_ENTRIES: Readonly<Record<string, string>>;
export function startOf(name: 'service' | 'picturelock'): string;
export function isBuiltFromThese(folder: string): boolean;
export function sumOf(path: string): string;
