/**
 * The evictor's entry point, and its only file that touches `process`. Exit codes: 0 stopped as asked, 1 a bug, 2 the
 * configuration is not usable.
 */
import { runCommandLine } from '@castai/shared/command/command-line.ts';
import { parseOptions } from '@castai/shared/config/env.ts';
import packageJson from '../package.json' with { type: 'json' };
import { EVICTOR_OPTIONS } from './config.ts';
import { runEvictor } from './evictor.ts';

await runCommandLine(process, {
  name: 'castai-evictor',
  version: packageJson.version,
  summary: 'Says which nodes could go, which should be renewed, and what stands in the way.',
  options: EVICTOR_OPTIONS,
  readConfig: (source) => parseOptions(EVICTOR_OPTIONS, { ...source, prefixes: ['CASTAI_'] }),
  run: runEvictor,
});
