import type { Cause } from '@castai/shared/verdict/causes.ts';
import type { StagedProgram } from '../../stages/staged-program.ts';
import type { Place } from './place.ts';

/** One fault, as it befalls a program. */
export interface ProgramFault<World> extends BroughtAbout<World> {
  readonly title: string;
  /** What the verdict is of; empty: nothing is wrong by what the program can know. */
  readonly cause: Cause | '';
  /** Whether the program is ready for as long as it lasts. */
  readonly isReady: boolean;
  /** What the verdict says in the end, where it says something else on the way. */
  readonly why?: string;
  /** Problems besides the one of the cause. */
  readonly besides?: readonly Cause[];
  /** What the doctor would see is over by the time the verdict is there. */
  readonly isUnseenByDoctor?: true;
}

/** How a fault comes and goes. */
export interface BroughtAbout<World> {
  /** Before the program starts; gives variables for it. */
  readonly before?: ((place: Place<World>) => Promise<Record<string, string>> | Record<string, string>) | undefined;
  /** When the program is ready and its verdict ok. */
  readonly after?: ((place: Place<World>, program: StagedProgram) => unknown) | undefined;
  /** Ends it; absent: only another configuration does. */
  readonly end?: ((place: Place<World>) => unknown) | undefined;
}
