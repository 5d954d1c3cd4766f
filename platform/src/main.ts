/**
 * `npm run platform`: the reference platform's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked,
 * 1 a bug, 2 the configuration is not usable.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import packageJson from '../package.json' with { type: 'json' };
import { PLATFORM_OPTIONS } from './config.ts';
import { withEveryAddress } from './every-address.ts';
import { runPlatform } from './platform.ts';

await runCommandLine(process, {
  name: 'castai-platform',
  version: packageJson.version,
  summary: 'The reference platform: takes what the programs in a cluster send, and shows it.',
  options: PLATFORM_OPTIONS,
  readConfig: (source) => {
    const parsed = parseOptions(PLATFORM_OPTIONS, source);
    return { ...parsed, config: withEveryAddress(parsed.config) };
  },
  run: runPlatform,
});
