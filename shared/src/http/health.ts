import { describeError } from '../errors.ts';

/** Why something is not ready, or undefined when it is. */
export type Check = () => string | undefined;

/** Whether the program should be sent work, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** One line per failed check: its name and its reason. */
  readonly reasons: readonly string[];
}

/** What the readiness endpoint asks. */
export interface Health {
  readiness(): Readiness;
}

/**
 * Readiness out of named checks, asked anew each time. A check must be cheap and look at memory only: one that waits for
 * the platform or the API server would turn their trouble into ours.
 */
export class HealthChecks implements Health {
  readonly #checks: ReadonlyMap<string, Check>;

  constructor(checks: Readonly<Record<string, Check>>) {
    this.#checks = new Map(Object.entries(checks));
  }

  readiness(): Readiness {
    const reasons: string[] = [];
    for (const [name, check] of this.#checks) {
      const reason = ask(check);
      if (reason !== undefined) reasons.push(`${name}: ${reason}`);
    }
    return { ready: reasons.length === 0, reasons };
  }
}

/** A broken check is a reason too: silence would count as ready. */
function ask(check: Check): string | undefined {
  try {
    return check();
  } catch (error) {
    return `the check failed: ${describeError(error)}`;
  }
}
