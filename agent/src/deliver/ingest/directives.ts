import type { Directive } from '@castai/shared/wire/ingest/ingest-messages.ts';

/** This many are remembered. */
const REMEMBERED = 1000;

/** The platform's wishes, which it repeats with every answer until they are fulfilled: idempotent by id. */
export class Directives {
  readonly #heeded = new Set<string>();

  /** Those that were not told before. */
  fresh(directives: readonly Directive[]): readonly Directive[] {
    return directives.filter(({ id }) => {
      if (this.#heeded.has(id)) return false;
      if (this.#heeded.size >= REMEMBERED) this.#heeded.clear();
      this.#heeded.add(id);
      return true;
    });
  }
}
