import { withMeantFlag } from '../shared/src/command/meant-flag.ts';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

const BAD_CALL = 2;

type Call<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options & { help: { type: 'boolean'; short: 'h' } }; allowPositionals: boolean }>
>;

/**
 * What a script of this repository is called with, so that all of them answer alike: `--help` and `-h` print the usage and end with 0; what
 * cannot be meant ends with a sentence about it, the usage, and 2. Either way nothing else was done, so it comes first in a script. Operands
 * are refused unless `operands` allows them.
 */
export function readCall<Options extends ParseArgsOptionsConfig>(
  usage: string,
  { options, operands = false }: { readonly options: Options; readonly operands?: boolean },
): Call<Options> {
  const parsed = parse(usage, { options, operands });
  if ('help' in parsed.values && parsed.values.help === true) {
    process.stdout.write(`${usage.trimEnd()}\n`);
    process.exit(0);
  }
  return parsed;
}

/** Ends a script that cannot have been meant as it was called. */
export function refuseCall(usage: string, why: string): never {
  process.stderr.write(`${why}\n${usage.trimEnd()}\n`);
  process.exit(BAD_CALL);
}

function parse<Options extends ParseArgsOptionsConfig>(
  usage: string,
  { options, operands }: { options: Options; operands: boolean },
): Call<Options> {
  try {
    return parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals: operands,
    });
  } catch (error) {
    // Node goes on with advice about arguments that begin with a dash.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/u);
    return refuseCall(usage, withMeantFlag(why, Object.keys(options)));
  }
}
