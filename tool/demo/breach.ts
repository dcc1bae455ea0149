/** The network's chapter: the small preset built in namespaces, a workstation taken over, put in quarantine, and released. */
import { chapter, demand, fact, say } from './narrate.ts';
import type { Scan } from '../../src/host/lab/breach.ts';
import { isShown, playBreach } from '../../src/host/lab/breach.ts';
import { checkLab, openLab } from '../../src/host/lab/lab.ts';
import { whyNoLab } from '../../src/host/lab/namespace.ts';
import { withSeats } from '../../src/host/lab/seats.ts';
import { preset } from '../../src/plan/presets/preset.ts';

const NETWORKS = { network: '10.20.0.0/16', network6: 'fd20:1:2::/48' };
const RANDOM = 500;

export async function breach(): Promise<void> {
  chapter('The network, and a workstation that is taken over');
  const why = await whyNoLab();
  if (why !== undefined) return say(`(left out, because ${why}; as root on Linux the network is built and tried here)`);
  const made = preset({ size: 'small', ...NETWORKS, at: Date.now() });
  if (made.kind === 'refused') throw new Error(made.message);
  const lab = await openLab(withSeats(made.value));
  try {
    const { zones, machines } = lab.layout;
    say(
      `a small facility of ${zones.length} zones and ${machines.length} machines stands in namespaces behind a real packet filter`,
    );
    const report = await checkLab(lab, { random: RANDOM });
    demand(
      report.disagreements === 0,
      `${report.tried} real packets, IPv4 and IPv6: each did what was proved beforehand`,
    );
    const story = await playBreach(lab, () => undefined);
    fact(`${story.host} reaches`, reached(story.before));
    fact(
      'the model said',
      reached({ ...story.before, through: story.radius.direct, reachesOutside: story.radius.internet }),
    );
    fact(
      'in quarantine',
      `${reached(story.held)}; its last byte came ${story.lastByteMs.toFixed(1)} ms after the order`,
    );
    fact('release', `who asked for it: refused (${story.ownRelease}); a second person: done`);
    demand(isShown(story), 'what it reached is what was foreseen, and in quarantine it reached nothing');
  } finally {
    await lab.close();
  }
}

function reached({ through, reachesOutside }: Scan): string {
  return [...through, ...(reachesOutside ? ['the internet'] : [])].join(', ') || 'nothing through the gateway';
}
