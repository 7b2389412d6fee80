/** One problem, as data; `report.ts` words it. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  /** Stable kebab-case name of the rule or schema keyword that found it, e.g. `unknown-key`. */
  readonly code: string;
  /** What is wrong, one sentence without a full stop. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
  /** Path of the file relative to the repository root. */
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** The line itself, where the file does not hold it any more: an edit that was taken back. */
  readonly text?: string;
  /** Where in the document: `inference.autoscaling.minReplicas`, `tolerations[0].key`. */
  readonly path?: string;
  /** Where lower layers say something else for the same value, the nearest first. */
  readonly overrides?: readonly Place[];
}

/** A place in a file, both numbers 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Exit codes of the command: 0 is fine, 1 means findings or drift, 2 wrong usage or a failure. */
export const EXIT = { ok: 0, findings: 1, failure: 2 } as const;

/** The input is wrong: what a person has to mend, all of it at once. Exit code 1. */
export class FindingsError extends Error {
  readonly findings: readonly Finding[];
  constructor(findings: readonly Finding[]) {
    super(`${String(findings.length)} finding(s)`);
    this.findings = findings;
  }
}

/** A failure that a sentence explains: no stack is shown. Exit code 2. */
export class Failure extends Error {
  readonly hint: string | undefined;
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}
