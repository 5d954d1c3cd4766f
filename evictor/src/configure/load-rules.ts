import { readFileSync } from 'node:fs';
import { CastaiError } from '@castai/shared/errors.ts';
import type { EvictionRule } from '../simulate/removal-policy.ts';
import { readRules } from './read-rules.ts';

/**
 * The rules of the file that RULES_FILE names; without one there are none. Throws `CONFIG_INVALID` with every problem: rules that are not
 * understood must not be ignored, because what they keep would be called removable.
 */
export function loadRules({ rulesFile }: { readonly rulesFile?: string | undefined }): readonly EvictionRule[] {
  if (rulesFile === undefined) return [];
  const { rules, problems } = readRules(readFileSync(rulesFile, 'utf8'));
  if (problems.length === 0) return rules;
  throw new CastaiError('CONFIG_INVALID', `RULES_FILE=${rulesFile} cannot be used: ${problems.join('; ')}`, {
    hint: 'write evictionConfig as a list of {podSelector or nodeSelector, settings}',
  });
}
