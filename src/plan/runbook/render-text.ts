/** A runbook as plain text: what its hash is of, and what is read on a machine without a browser. */
import { day, minute } from './first-minutes.ts';
import type { Runbook, RunbookSection, RunbookStep } from './runbook.ts';

export function renderText(runbook: Runbook): string {
  const head = [runbook.title.toUpperCase(), `as of ${minute(runbook.at)}`, ''];
  return [...head, ...runbook.sections.flatMap(section)].join('\n');
}

function section({ title, says, rows, steps }: RunbookSection, index: number): readonly string[] {
  const table = rows === undefined ? [] : [columns(rows.header, rows.rows), ''];
  return [
    `${index + 1}. ${title}`,
    '',
    ...says.map((line) => `   ${line}`),
    ...(says.length === 0 ? [] : ['']),
    ...table,
    ...steps.flatMap((step, n) => stepLines(step, `${index + 1}.${n + 1}`)),
  ];
}

function stepLines(step: RunbookStep, number: string): readonly string[] {
  const { title, says, commands } = step;
  return [
    `   [ ] ${number} ${title}   (${proofText(step)})`,
    ...says.map((line) => `       ${line}`),
    ...commands.map((line) => `         $ ${line}`),
    '',
  ];
}

export function proofText({ provenAt, byPeople }: Pick<RunbookStep, 'provenAt' | 'byPeople'>): string {
  if (provenAt !== null) return `proven by a drill on ${day(provenAt)}`;
  return byPeople === true ? 'NEVER PROVEN: done by people' : 'NEVER PROVEN';
}

function columns(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `   ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd();
  return [line(header), ...rows.map(line)].join('\n');
}
