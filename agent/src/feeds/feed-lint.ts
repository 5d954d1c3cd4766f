import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { WantsFields } from '@castai/shared/kube/protobuf/decode-message.ts';
import type { AgentConfig } from '../config.ts';
import type { FeedSpec } from './feeds.ts';
import { isLinted } from '../lint/is-linted.ts';
import { type LintOptions, type LintPolicy, lintPolicy } from '../lint/lint-policy.ts';

/** What an operator decides about judging. */
export type LintChoices = Parameters<typeof isLinted>[0] & Pick<AgentConfig, 'skipNamespaces'>;

/**
 * The manifest lint as an operator has it; undefined: nothing is judged. What somebody's manifests do wrong is content: objects of
 * `SKIP_NAMESPACES` are not judged, and the scrub version says so.
 */
export function feedLint(config: LintChoices, options: LintOptions): (LintPolicy & WantsFields<FeedSpec>) | undefined {
  if (!isLinted(config)) return undefined;
  const lint = lintPolicy(options);
  const skipped = new Set(config.skipNamespaces);
  if (skipped.size === 0) return lint;
  const isSkipped = ({ metadata }: KubeObject): boolean => skipped.has(metadata.namespace ?? '');
  return {
    judge: (spec) => {
      const judge = lint.judge(spec);
      return judge && ((object) => (isSkipped(object) ? undefined : judge(object)));
    },
    wanted: (spec) => lint.wanted(spec),
    version: (spec) => lint.version(spec),
  };
}
