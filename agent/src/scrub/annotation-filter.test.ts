import { describe, expect, it } from 'vitest';
import { annotationFilter } from './annotation-filter.ts';
import { LAST_APPLIED_ANNOTATION } from './rules.ts';

const f = (key: string, expected: boolean, extra: readonly string[] = []): void => {
  expect({ key, kept: annotationFilter(extra)(key) }).toEqual({ key, kept: expected });
};

describe('annotationFilter', () => {
  it('keeps cast.ai and the domains below it, on a label boundary', () => {
    f('cast.ai/x', true);
    f('autoscaling.cast.ai/removal-disabled', true);
    f('a.b.cast.ai/x', true);
    f('notcast.ai/x', false);
    f('cast.ai.example.com/x', false);
    f('cast.ai', false);
    f('/cast.ai', false);
  });

  it('keeps whole domains and single keys of the policy', () => {
    f('karpenter.sh/do-not-disrupt', true);
    f('cluster-autoscaler.kubernetes.io/safe-to-evict', true);
    f('controller.kubernetes.io/pod-deletion-cost', true);
    f('controller.kubernetes.io/other', false);
    f('autoscaling.alpha.kubernetes.io/metrics', true);
    f('autoscaling.alpha.kubernetes.io/conditions', false);
    f('starved_resource', true);
    f('x.karpenter.sh/a', false);
  });

  it('drops what nobody named', () => {
    f('checksum/config', false);
    f('vault.example.com/token', false);
    f('', false);
  });

  it('adds prefixes and domain suffixes of the operator', () => {
    f('team.example.com/cost', true, ['team.example.com/']);
    f('team.example.com/cost', true, ['team.ex']);
    f('a.example.com/x', true, ['*.example.com/']);
    f('example.com/x', true, ['*.example.com/']);
    f('notexample.com/x', false, ['*.example.com/']);
  });

  it('lets the last-applied annotation out only by its full name', () => {
    f(LAST_APPLIED_ANNOTATION, false);
    f(LAST_APPLIED_ANNOTATION, false, ['kubectl.kubernetes.io/', '*.kubernetes.io/', '']);
    f(LAST_APPLIED_ANNOTATION, true, [LAST_APPLIED_ANNOTATION]);
  });
});
