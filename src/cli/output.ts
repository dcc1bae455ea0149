/**
 * How the command line speaks: quiet success, `--json` everywhere, colour only on a terminal, documented exit codes, and every
 * error names the next command.
 */
import { styleText } from 'node:util';

/** 0 done · 1 it does not hold, or was refused · 2 the command's words are off · 3 something outside failed. */
export const EXIT = { done: 0, no: 1, usage: 2, fault: 3 } as const;

export interface Output {
  readonly json: boolean;
  /** One JSON value, or lines for people. */
  show(value: unknown, lines: () => readonly string[]): void;
}

export function createOutput(json: boolean, write: (text: string) => void): Output {
  return {
    json,
    show(value, lines) {
      if (json) return write(`${JSON.stringify(value)}\n`);
      for (const line of lines()) write(`${line}\n`);
    },
  };
}

/** Columns padded to their widest cell; the last one runs free. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const widths = header.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [dim(line(header)), ...rows.map(line)];
}

export function dim(text: string): string {
  return process.stdout.isTTY === true ? styleText('dim', text) : text;
}

export function instant(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
