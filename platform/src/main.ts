/**
 * `npm run platform`: the reference platform's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked,
 * 1 a bug, 2 the configuration is not usable.
 */
import { parseOptions } from '@castai/shared/config/env.ts';
import { startProgram } from '@castai/shared/program/start-program.ts';
import packageJson from '../package.json' with { type: 'json' };
import { PLATFORM_OPTIONS } from './config.ts';
import { runPlatform } from './platform.ts';

await startProgram(process, {
  name: 'castai-platform',
  version: packageJson.version,
  readConfig: (source) => parseOptions(PLATFORM_OPTIONS, source),
  run: runPlatform,
});
