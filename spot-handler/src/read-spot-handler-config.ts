import { type OptionSource, type ParsedOptions, parseOptions } from '@castai/shared/config/env.ts';
import { checkSpotHandlerConfig, SPOT_HANDLER_OPTIONS } from './config.ts';

/** The spot handler's options. Throws `CONFIG_INVALID` with every problem. */
export function readSpotHandlerConfig(source: OptionSource): ParsedOptions<typeof SPOT_HANDLER_OPTIONS> {
  return parseOptions(SPOT_HANDLER_OPTIONS, { ...source, prefixes: ['CASTAI_', 'API_'] }, checkSpotHandlerConfig);
}
