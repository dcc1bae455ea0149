import { test } from 'node:test';
import type { InjectedFault } from './syscalls.ts';
import { hasStrace, injectFault } from './syscalls.ts';

const FAULTS: readonly InjectedFault[] = [
  { file: 'segment', injection: 'error=EIO', when: 7 },
  { file: 'segment', injection: 'signal=SIGKILL', when: 12 },
];

for (const fault of FAULTS) {
  test(
    `${fault.injection} on write ${fault.when} of the ${fault.file}: nothing acknowledged is lost`,
    { skip: hasStrace ? false : 'needs strace' },
    () => injectFault(fault),
  );
}
