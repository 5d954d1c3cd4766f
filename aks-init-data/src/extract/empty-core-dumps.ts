import { writeFileSync } from 'node:fs';
import { CastaiError, errorCodeOf } from '@castai/shared/errors.ts';

/** The kernel's own switch for each process (core(5)): which memory a core dump of it holds. */
const FILTER = '/proc/self/coredump_filter';

/**
 * Has the kernel leave all memory out of core dumps of this process and of those that it starts, which inherit this. A worker that
 * crashes holds plaintext and a key, container runtimes commonly allow cores of any size, and distributions write them to the disk of the
 * node. Gives why that cannot be had, to be told; undefined when it is so.
 */
export function emptyCoreDumps(filter: string = FILTER): CastaiError | undefined {
  try {
    writeFileSync(filter, '0');
    return undefined;
  } catch (error) {
    const reason = errorCodeOf(error) ?? 'an unknown error';
    return new CastaiError(
      'CONFIG_INVALID',
      `a core dump of this program would hold its memory: no write to ${FILTER} (${reason})`,
      {
        hint: 'switch core dumps off for this container (LimitCORE=0 of the container runtime, or kernel.core_pattern of the node)',
      },
    );
  }
}
