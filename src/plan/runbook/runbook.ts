/** What a runbook is made of. Commands are exactly what is typed; a step says when a drill last proved it. */
export interface RunbookStep {
  readonly title: string;
  /** Sentences. */
  readonly says: readonly string[];
  readonly commands: readonly string[];
  /** When a drill last did what this step says; null when none ever did. */
  readonly provenAt: number | null;
  /** No drill can do it: people try it, or nobody has. */
  readonly byPeople?: true;
}

export interface RunbookSection {
  readonly title: string;
  readonly says: readonly string[];
  readonly rows?: { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly steps: readonly RunbookStep[];
}

export interface Runbook {
  readonly title: string;
  readonly at: number;
  readonly sections: readonly RunbookSection[];
}

export function stepsOf({ sections }: Runbook): readonly RunbookStep[] {
  return sections.flatMap(({ steps }) => steps);
}

export function neverProven(runbook: Runbook): number {
  return stepsOf(runbook).filter(({ provenAt }) => provenAt === null).length;
}
