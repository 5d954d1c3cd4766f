import { expect, test } from 'vitest';
import { readNodeClaim } from './node-claim.ts';

const claim = (nodeName: unknown, ...conditions: unknown[]) => ({ status: { nodeName, conditions } });
const drifted = (status: string, reason = 'NodePoolDrifted') => ({ type: 'Drifted', status, reason });

test.each<readonly [string, object, ReturnType<typeof readNodeClaim>]>([
  ['drifted', claim('a', { type: 'Ready', status: 'True' }, drifted('True')), { node: 'a', reason: 'NodePoolDrifted' }],
  ['not drifted', claim('a', drifted('False')), undefined],
  ['not known to be', claim('a', drifted('Unknown')), undefined],
  ['not judged', claim('a'), undefined],
  ['without a node yet', claim(undefined, drifted('True')), undefined],
  ['without a status', {}, undefined],
  ['drifted, and nobody says why', claim('a', { type: 'Drifted', status: 'True' }), { node: 'a', reason: '' }],
  ['drifted, for a reason that is prose', claim('a', drifted('True', 'see 10.0.0.1')), { node: 'a', reason: '' }],
])('a claim that is %s', (_what, object, expected) => {
  expect(readNodeClaim(object)).toEqual(expected);
});
