import { describe, expect, it } from 'vitest';
import { agree, regionLabel } from './agree.ts';

describe('a part of the identity', () => {
  const f = (
    given: string | undefined,
    told: readonly (string | undefined)[],
    expected: ReturnType<typeof agree>,
  ): void => {
    expect(agree({ what: 'the region', variable: 'EKS_REGION', given, told })).toEqual(expected);
  };

  it('is what the operator gave, whatever nodes say', () => {
    f('eu-west-1', ['us-east-1', undefined], { value: 'eu-west-1' });
  });

  it('is what all nodes that say something agree on', () => {
    f(undefined, ['us-east-1', undefined, '', 'us-east-1'], { value: 'us-east-1' });
  });

  it('is always the same spelling, whichever node comes first', () => {
    f(undefined, ['mc_group', 'MC_Group'], { value: 'MC_Group' });
    f(undefined, ['MC_Group', 'mc_group'], { value: 'MC_Group' });
  });

  it('is a problem with its cure when nobody tells or nodes disagree', () => {
    f(undefined, [undefined, ''], { problem: 'no node tells the region; set EKS_REGION' });
    f(undefined, ['a', 'b', 'A'], { problem: 'nodes disagree on the region (A, b); set EKS_REGION' });
  });
});

it('finds the region under the label of today, and under that of old nodes', () => {
  expect(regionLabel({ 'topology.kubernetes.io/region': 'a', 'failure-domain.beta.kubernetes.io/region': 'b' })).toBe(
    'a',
  );
  expect(regionLabel({ 'failure-domain.beta.kubernetes.io/region': 'b' })).toBe('b');
  expect(regionLabel({})).toBeUndefined();
});
