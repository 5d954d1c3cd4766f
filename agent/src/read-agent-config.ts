import { type OptionSource, type ParsedOptions, parseOptions } from '@castai/shared/config/env.ts';
import type { OptionTable } from '@castai/shared/config/option-table.ts';
import { CastaiError } from '@castai/shared/errors.ts';
import { answerExistingOptions, EXISTING_VARIABLES } from './answer-existing-options.ts';
import { AGENT_OPTIONS, type AgentConfig } from './config.ts';
import { repeatedKinds } from './feeds/extra-kinds.ts';
import { labelMask } from './scrub/label-mask.ts';

const PREFIXES = [
  'CASTAI_',
  'API_',
  'SCRUB_',
  'COMPAT_',
  'PLATFORM_',
  'CONTROLLER_',
  'KOPS_',
  'OPENSHIFT_',
  'SKIP_',
  'LABELS_',
  'MASK_',
];

/**
 * The agent's options, also from an environment that was written for the existing agent. Throws `CONFIG_INVALID` with every problem, and
 * then also says which variable was taken for which, because problems name ours.
 */
export function readAgentConfig(source: OptionSource): Read<AgentConfig> {
  return withChecks(readOptions(AGENT_OPTIONS, source), source);
}

interface Read<Config> {
  readonly config: Config;
  /** About the environment. */
  readonly warnings: readonly string[];
}

/** What a dump needs to know: all but how the platform is reached. */
export type DumpConfig = Omit<AgentConfig, (typeof OF_PLATFORM)[number]>;

const OF_PLATFORM = ['apiKey', 'apiUrl'] as const;

/** The agent's options without those of the platform, which may be set, or wrong. Throws as `readAgentConfig` does. */
export function readDumpConfig(source: OptionSource): Read<DumpConfig> {
  const { apiKey, apiUrl, ...options } = AGENT_OPTIONS;
  const otherVariables = [apiKey.variable, `${apiKey.variable}_FILE`, apiUrl.variable];
  return withChecks(readOptions(options, { ...source, otherVariables }), source);
}

type Masking = Pick<AgentConfig, 'labelsMasked' | 'maskKey' | 'extraKinds'>;

/** Shorter ones are words, and whoever knows what the values look like can try them. */
const LEAST_KEY_BYTES = 16;

/** Read once: with another key all hashes are others, and the platform has to be told everything anew, as after a start. */
function withChecks<Config extends Masking>(
  { config, warnings }: Read<Config>,
  { readFile }: OptionSource,
): Read<Config> {
  const { labelsMasked: keys, maskKey, extraKinds } = config;
  const [repeated] = repeatedKinds(extraKinds);
  if (repeated !== undefined) throw invalid(`EXTRA_KINDS names the kind of ${repeated} twice`, 'keep one of them');
  if (keys.length === 0) return { config, warnings };
  if (maskKey === undefined) throw invalid('LABELS_MASKED is set, and neither MASK_KEY nor MASK_KEY_FILE is', MAKE_ONE);
  const secret = ('value' in maskKey ? maskKey.value.reveal() : readFile(maskKey.file)).trim();
  if (Buffer.byteLength(secret) < LEAST_KEY_BYTES) {
    const problem = `MASK_KEY has less than ${String(LEAST_KEY_BYTES)} bytes, so that masked values could be guessed`;
    throw invalid(problem, MAKE_ONE);
  }
  return { config: Object.freeze({ ...config, labelMask: labelMask({ keys, secret }) }), warnings };
}

const MAKE_ONE = 'make a secret: head -c 32 /dev/urandom | base64, and name it in agent.maskKeySecret of the chart';

function invalid(problem: string, hint: string): CastaiError {
  return new CastaiError('CONFIG_INVALID', `the configuration is not usable:\n  - ${problem}`, { hint });
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
