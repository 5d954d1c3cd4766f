import { type OptionSource, type ParsedOptions, parseOptions } from '@castai/shared/config/env.ts';
import { checkEvictorConfig, EVICTOR_OPTIONS } from './config.ts';

/** The evictor's options. Throws `CONFIG_INVALID` with every problem. */
export function readEvictorConfig(source: OptionSource): ParsedOptions<typeof EVICTOR_OPTIONS> {
  return parseOptions(EVICTOR_OPTIONS, { ...source, prefixes: ['CASTAI_', 'API_'] }, checkEvictorConfig);
}
