/**
 * `picturelock`: nouns, then verbs. Quiet success; `--json` everywhere; exit codes 0 done, 1 no, 2 usage, 3 fault; every error
 * names the next step.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { ROOT } from '#host/process/built-code.mjs';
import { asFailure } from './failure.ts';
import { EXIT } from './output.ts';
import { createProgram } from './program.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'start') return start(args);
  const { program, output, code } = await createProgram(args);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code();
  } catch (cause) {
    return complain(cause, output().json);
  }
}

function complain(cause: unknown, json: boolean): number {
  if (cause instanceof CommanderError) return cause.exitCode === 0 ? EXIT.done : EXIT.usage; // commander has said why
  const failure = asFailure(cause);
  if (json)
    process.stderr.write(`${JSON.stringify({ code: failure.code, message: failure.message, next: failure.next })}\n`);
  else process.stderr.write(`${failure.message}\n${failure.next === undefined ? '' : `Next: ${failure.next}\n`}`);
  return failure.exit;
}

function start(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [join(ROOT, 'src', 'main.ts'), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((done) => child.on('exit', (code) => done(code ?? EXIT.fault)));
}
