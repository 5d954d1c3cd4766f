/** The command line of `npm run platform-rig`: the platform's own arguments, and faults. Pure. */
import { HELP as PLATFORM_HELP, parseOptions } from '@castai/platform/options.ts';
import type { RigOptions } from './rig.ts';

/** What `--help` prints. */
export const HELP = `${PLATFORM_HELP}
Around it, without a key, the control API at /_control/:

  --fault JSON      a fault from the start, may be repeated, as POST /_control/faults takes it
`;

/** Reads arguments; `undefined`: help was asked for. Throws `RangeError` that names the wrong argument. */
export function parseRigOptions(args: readonly string[]): RigOptions | undefined {
  const own = args.flatMap((arg, index) => (arg === '--fault' ? [index] : []));
  const faults = own.map((index) => parseJson(args[index + 1] ?? ''));
  const options = parseOptions(args.filter((_, index) => !own.includes(index) && !own.includes(index - 1)));
  return options && { ...options, faults };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RangeError(`--fault must be JSON, not ${text}`, { cause: error });
  }
}
