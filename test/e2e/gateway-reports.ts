/** What a gateway would record, for pages that are looked at without one. */

/** What a gate records after it has loaded rules; the real one is driven in test/network. */
export function loaded() {
  return {
    kind: 'record-apply' as const,
    mode: 'observe' as const,
    fromSize: 240,
    rulesSha256: '5f'.repeat(32),
    listingSha256: 'a1'.repeat(32),
    elements: 214,
    commitMs: 6.4,
  };
}

export const FOUND = [
  {
    key: 'drift table',
    finding: 'drift' as const,
    says: 'A rule was added to the table that only Picturelock writes.',
    next: 'Find out who did it; the rules of the model were put back.',
    process: 'nft',
  },
  {
    key: 'would 10.20.20.21 192.0.2.9 tcp 443',
    finding: 'would-refuse' as const,
    says: 'edit-01 asks 192.0.2.9 on tcp 443; nothing in the model allows it.',
    next: 'Allow it with an owner and a reason, or tell Ines Okafor to stop it before you enforce.',
    from: '10.20.20.21',
    to: '192.0.2.9',
    protocol: 'tcp',
    port: 443,
  },
  {
    key: 'device 02:50:4c:00:14:c8',
    finding: 'unknown-device' as const,
    says: 'It answered on the link of Production.',
    next: 'Add it as a host, or unplug it.',
    from: '10.20.20.200',
    mac: '02:50:4c:00:14:c8',
  },
];

export const DENIED = [
  { from: '10.20.20.21', to: '192.0.2.9', protocol: 'tcp', port: 443, packets: 41 },
  { from: '10.20.50.23', to: '10.20.21.10', protocol: 'tcp', port: 445, packets: 3 },
  { from: '10.20.20.31', to: '10.20.50.23', protocol: 'icmp', packets: 2 },
];
