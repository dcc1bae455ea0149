/** The lab over the small preset: what packets do is what is proved; what is changed behind the model's back is named; nothing is left behind. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isShown, playBreach } from '#host/lab/breach.ts';
import type { Lab } from '#host/lab/lab.ts';
import { checkLab, openLab } from '#host/lab/lab.ts';
import { removeLeftNamespaces, whyNoLab } from '#host/lab/namespace.ts';
import { neighbourProbes, planProbes } from '#host/lab/probe-plan.ts';
import { withSeats } from '#host/lab/seats.ts';
import type { FacilityFile } from '#model/facility-file.ts';
import { preset } from '#plan/presets/preset.ts';
import { assert as ensure } from '#std/assert.ts';

const why = await whyNoLab();
const skip = why === undefined ? false : `THE LAB WAS NOT RUN: ${why}`;
const ROOT = join(import.meta.dirname, '..', '..', '..');
let lab: Lab | undefined;

function smallPreset(): FacilityFile {
  const made = preset({ size: 'small', network: '10.20.0.0/16', network6: 'fd20:1:2::/48', at: Date.now() });
  ensure(made.kind === 'ok', 'a preset is made of good networks');
  return withSeats(made.value);
}

before(async () => {
  if (skip === false) lab = await openLab(smallPreset());
});
after(() => lab?.close());

function world(): Lab {
  ensure(lab !== undefined, 'the lab stands');
  return lab;
}

function namespaces(): readonly string[] {
  return execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' }).split('\n');
}

test('a workstation that is taken over reaches what the model says, and in quarantine nothing', { skip }, async () => {
  const story = await playBreach(world(), () => undefined);
  assert.ok(isShown(story), JSON.stringify(story));
  assert.ok(story.before.through.length > 0 && story.before.below.length > 0);
  assert.ok(story.lastByteMs < 250, `the last byte came ${story.lastByteMs} ms after the order`);
});

test('packets between all zones, over live paths and around a quarantine do what is proved', { skip }, async () => {
  const { layout } = world();
  const report = await checkLab(world(), { random: 500 });
  assert.deepEqual(
    report.checks.flatMap(({ disagreements }) => disagreements),
    [],
  );
  assert.equal(report.checks.length, 3);
  const [whole] = report.checks;
  ensure(whole !== undefined, 'there is a first round');
  for (const { from, to, tried } of whole.cells) if (from !== to) assert.ok(tried > 50, `${from} to ${to}: ${tried}`);
  assert.ok(whole.passed > 200 && whole.tried > 5000);
  assert.equal(neighbourProbes(layout, 22).length, 10, 'neighbours of both families in each zone with two machines');
});

test(
  'a rule that somebody puts in, and one that is taken out, is found by the packets it concerns',
  { skip },
  async () => {
    const { gate, network, layout, policyNow, ports, compare } = world();
    await gate.close(); // it would put them right
    const { policy } = policyNow();
    const probes = planProbes(layout, policy, ports, { seed: 9, random: 0 });
    const isToVault = ({ to }: (typeof probes)[number]): boolean => to.zone === 'vault';
    const nft = (line: string) => network.gateway.programs.run('nft', ['-f', '-'], { input: `${line}\n` });

    const [office] = layout.places.filter(({ zone, family }) => zone === 'office' && family === 4);
    ensure(office !== undefined, 'somebody is in the office');
    await nft(`insert rule inet picturelock go_through ip saddr ${office.address} tcp dport 22 accept`);
    const opened = await compare(
      'opened',
      probes.filter(({ from, port }) => from === office || port === 443),
    );
    assert.ok(opened.disagreements.length > 0);
    for (const one of opened.disagreements) {
      assert.deepEqual([one.from, one.protocol, one.port, one.engine], [office.address, 'tcp', 22, 'refused']);
      assert.match(one.packets, /^half: it arrived/); // nothing lets its answer back
    }

    await nft('flush map inet picturelock flow_tcp4');
    const closed = await compare(
      'closed',
      probes.filter((probe) => !isToVault(probe) && probe.port === 6514),
    );
    assert.ok(closed.disagreements.length > 0);
    for (const one of closed.disagreements) assert.deepEqual([one.engine, one.protocol], ['passes', 'tcp']);
  },
);

test('a lab that is interrupted leaves nothing, and one that is killed is cleared by the next', { skip }, async () => {
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const child = spawn(process.execPath, ['src/cli/main.ts', 'lab', '--random', '100000'], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.setEncoding('utf8');
    for await (const text of child.stderr) if (String(text).includes('every machine serves')) break;
    child.kill(signal);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const own = (): readonly string[] => namespaces().filter((name) => name.startsWith(`pllab-${child.pid}-`));
    if (signal === 'SIGINT') assert.deepEqual([own(), child.exitCode], [[], 1]);
    else {
      assert.ok(own().length > 0, 'nobody could clean up');
      await removeLeftNamespaces();
      assert.deepEqual(own(), []);
    }
  }
});
