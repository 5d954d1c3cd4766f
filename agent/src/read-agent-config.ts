import { type OptionSource, type ParsedOptions, parseOptions } from '@castai/shared/config/env.ts';
import type { OptionTable } from '@castai/shared/config/option-table.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { answerExistingOptions, EXISTING_VARIABLES } from './answer-existing-options.ts';
import { AGENT_OPTIONS, type AgentConfig } from './config.ts';

const PREFIXES = ['CASTAI_', 'API_', 'SCRUB_', 'COMPAT_', 'PLATFORM_', 'CONTROLLER_', 'KOPS_', 'OPENSHIFT_'];

/**
 * The agent's options, also from an environment that was written for the existing agent. Throws `CONFIG_INVALID` with every problem, and
 * then also says which variable was taken for which, because problems name ours.
 */
export function readAgentConfig(source: OptionSource): ParsedOptions<typeof AGENT_OPTIONS> {
  return readOptions(AGENT_OPTIONS, source);
}

/** What a dump needs to know: all but how the platform is reached. */
export type DumpConfig = Omit<AgentConfig, (typeof OF_PLATFORM)[number]>;

const OF_PLATFORM = ['apiKey', 'apiUrl'] as const;

/** The agent's options without those of the platform, which may be set, or wrong. Throws as `readAgentConfig` does. */
export function readDumpConfig(source: OptionSource): {
  readonly config: DumpConfig;
  readonly warnings: readonly string[];
} {
  const { apiKey, apiUrl, ...options } = AGENT_OPTIONS;
  const otherVariables = [apiKey.variable, `${apiKey.variable}_FILE`, apiUrl.variable];
  return readOptions(options, { ...source, otherVariables });
}

function readOptions<const T extends OptionTable>(table: T, source: OptionSource): ParsedOptions<T> {
  const { environment, warnings, problems } = answerExistingOptions(source.environment);
  // AWS sets its own in every pod with a role; one of them is a keystroke away from an option.
  const ofAws = Object.keys(environment).filter((variable) => variable.startsWith('AWS_'));
  const otherVariables = [...EXISTING_VARIABLES, ...ofAws, ...(source.otherVariables ?? [])];
  const all = { ...source, environment, prefixes: PREFIXES, otherVariables };
  try {
    const parsed = parseOptions(table, all, () => problems);
    return { config: parsed.config, warnings: [...warnings, ...parsed.warnings] };
  } catch (error) {
    if (!(error instanceof CastaiError) || warnings.length === 0) throw error;
    const lines = warnings.map((warning) => `\n  - ${warning}`).join('');
    throw new CastaiError(error.code, `${error.message}${lines}`, { cause: error, hint: error.hint });
  }
}
