import { type OptionSource, type ParsedOptions, parseOptions } from '@castai/shared/config/env.ts';
import { checkInitDataConfig, INIT_DATA_OPTIONS } from './config.ts';

/** The options of AKS init data. Throws `CONFIG_INVALID` with every problem. */
export function readInitDataConfig(source: OptionSource): ParsedOptions<typeof INIT_DATA_OPTIONS> {
  const prefixes = ['CASTAI_', 'API_', 'INIT_DATA_', 'PLATFORM_'];
  return parseOptions(INIT_DATA_OPTIONS, { ...source, prefixes }, checkInitDataConfig);
}
