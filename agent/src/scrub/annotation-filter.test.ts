import { describe, expect, it } from 'vitest';
import { annotationFilter } from './annotation-filter.ts';
import { LAST_APPLIED_ANNOTATIONS } from './annotation-policy.ts';

const f = (key: string, expected: boolean, extra: readonly string[] = []): void => {
  expect({ key, kept: annotationFilter(extra)(key) > 0 }).toEqual({ key, kept: expected });
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
    f('starved_resource', true);
    f('x.karpenter.sh/a', false);
  });

  it('allows the settings of the platform to be longer than what others write', () => {
    const limit = annotationFilter(['example.com/']);
    expect(['workloads.cast.ai/configuration', 'karpenter.sh/x', 'example.com/x', 'x'].map(limit)).toEqual([
      16_384, 2048, 2048, 0,
    ]);
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

  it('lets a last-applied annotation out only by its full name', () => {
    for (const key of LAST_APPLIED_ANNOTATIONS) {
      const domain = key.slice(0, key.indexOf('/') + 1);
      f(key, false);
      f(key, false, [domain, `*.${domain}`, key.slice(0, 1), key.slice(0, -1), '']);
      f(key, true, [key]);
    }
  });

  it('knows one of a tool that is not on the list by its name', () => {
    f('operator.example.com/last-applied-configuration', false, ['operator.example.com/']);
    f('operator.example.com/last-applied-hash', true, ['operator.example.com/last-applied-hash']);
    f('workloads.cast.ai/last-applied', false);
    for (const key of [
      'operator.example.com/lastAppliedConfig',
      'Operator.example.com/Last-Applied-Spec',
      'example.com/appliedManifest',
      'policies.kyverno.io/last-applied-patches',
      'app.oam.dev/last-applied-configuration',
      'example.com/original-spec',
      'alm-examples',
    ]) {
      f(key, false, ['']);
      f(key, true, [key]);
    }
  });

  it('sends no annotation of an old autoscaler, which has the selectors of its metrics', () => {
    f('autoscaling.alpha.kubernetes.io/metrics', false);
    f('autoscaling.alpha.kubernetes.io/conditions', false);
  });
});
