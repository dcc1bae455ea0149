/** What a runbook is made of. Commands are exactly what is typed; a step says when a drill last proved it. */
export interface RunbookStep {
  readonly title: string;
  /** Sentences. */
  readonly says: readonly string[];
  readonly commands: readonly string[];
  /** When a drill last did what this step says; null when it never did; undefined for steps that only people do. */
  readonly provenAt?: number | null;
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

/** Those that a drill can prove. */
export function stepsOf({ sections }: Runbook): readonly RunbookStep[] {
  return sections.flatMap(({ steps }) => steps).filter(({ provenAt }) => provenAt !== undefined);
}

export function neverProven(runbook: Runbook): number {
  return stepsOf(runbook).filter(({ provenAt }) => provenAt === null).length;
}
