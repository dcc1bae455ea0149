/** The gates as people call them. */
export const GATES: Readonly<Record<string, string>> = {
  portal: 'Browser',
  sftp: 'SFTP',
  share: 'Network share',
  desktop: 'Desktop',
  shell: 'Shell',
  review: 'Review',
  network: 'Network',
  drives: 'Drives',
  backup: 'Backup',
};

export function gateText(gate: string): string {
  return GATES[gate] ?? gate;
}
