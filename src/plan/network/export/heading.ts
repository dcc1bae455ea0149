/** The head of every file: what it is, of when, and what it cannot hold. */
import type { Matrix } from './matrix.ts';
import { remark } from './names.ts';

export function headingOf(matrix: Matrix, kind: string, more: readonly string[] = []): readonly string[] {
  return [
    `Picturelock zone matrix for ${kind}`,
    `${remark(matrix.facility)}, as of ${stamp(matrix.at)}`,
    ...matrix.notes,
    ...more,
  ];
}

/** `2026-03-02 09:00 UTC`. */
export function stamp(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
