import { type OptionSource, type ParsedOptions, parseOptions } from '@castai/shared/config/env.ts';
import { CONTROLLER_OPTIONS } from './config.ts';

/** The controller's options. Throws `CONFIG_INVALID` with every problem. */
export function readControllerConfig(source: OptionSource): ParsedOptions<typeof CONTROLLER_OPTIONS> {
  return parseOptions(CONTROLLER_OPTIONS, { ...source, prefixes: ['CASTAI_'] });
}
