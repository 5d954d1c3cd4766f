import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FaultRow, renderProgramPage } from './fault-table.ts';
import { meetFault } from './meet-fault.ts';
import type { Surroundings } from './place.ts';
import type { ProgramFault } from './program-fault.ts';

/** Makes the tests of one program: it meets every fault, and its page in `docs/operate/` holds what was seen. `vitest -u` writes the page. */
export function holdTable<World>(surroundings: Surroundings<World>, faults: readonly ProgramFault<World>[]): void {
  const { program } = surroundings;
  const rows = new Map<string, FaultRow>();

  describe.concurrent(`the ${program} meets`, () => {
    for (const fault of faults) {
      test(`the fault: ${fault.title}`, { timeout: 600_000 }, async () => {
        const row = await meetFault(surroundings, fault);
        rows.set(fault.title, row);
        expect(row.verdict.cause).toBe(fault.cause);
      });
    }
  });

  test(`docs/operate/${program}.md holds what was seen`, async () => {
    // Where only some were asked for, or some have failed, there is no table to compare.
    if (rows.size < faults.length) return;
    const page = join(import.meta.dirname, `../../../docs/operate/${program}.md`);
    const table = faults.flatMap(({ title }) => rows.get(title) ?? []);
    await expect(renderProgramPage(program, table)).toMatchFileSnapshot(page);
  });
}
