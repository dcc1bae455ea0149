/** The demo's voice: chapters, facts and checks on stdout. Colour only on a terminal. */
import { styleText } from 'node:util';

const isTerminal = process.stdout.isTTY === true;

function styled(style: 'bold' | 'dim' | 'green' | 'red' | 'cyan', text: string): string {
  return isTerminal ? styleText(style, text) : text;
}

let chapters = 0;

export function chapter(title: string): void {
  chapters += 1;
  console.log(`\n${styled('bold', `${chapters}. ${title}`)}`);
}

export function say(text: string): void {
  console.log(`   ${text}`);
}

export function fact(name: string, value: string): void {
  console.log(`   ${styled('dim', name.padEnd(22))} ${value}`);
}

export function shown(text: string): void {
  console.log(`   ${styled('green', '✓')} ${text}`);
}

export function link(name: string, url: string): void {
  console.log(`   ${name.padEnd(34)} ${styled('cyan', url)}`);
}

/** The demo shows or it fails: a step that does not hold ends it with exit code 1. */
export function demand(holds: boolean, text: string): void {
  if (holds) return shown(text);
  console.log(`   ${styled('red', '✗')} ${text}`);
  throw new Error(`the demo did not show: ${text}`);
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
