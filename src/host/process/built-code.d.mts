/** Types of built-code.mjs, which says why it is plain JavaScript. */
export const ROOT: string;
export const BUILT_FROM: string;
export const SERVICE_BUNDLE: string;
export const SERVICE_ENTRIES: Readonly<Record<string, string>>;
export const JOBS: string;
export const JOB_ENTRIES: Readonly<Record<'job-process' | 'backup-worker' | 'restore-worker', string>>;
/** Undefined where sources are run. */
export function bundleNow(): string | undefined;
export function startOf(name: 'service' | 'picturelock'): string;
export function isBuiltFromThese(folder: string): boolean;
export function sumOf(path: string): string;
