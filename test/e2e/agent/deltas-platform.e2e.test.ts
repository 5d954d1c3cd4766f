/** The same agent and the same platform, on the second wire: the judges of the first one judge it. */
import { expect, test } from 'vitest';
import { newLife, referenceTo, startFakeStage, touch } from '../../stages/agent/fake-stage.ts';
import { ALL_WELL } from '../../stages/agent/agent-stage.ts';

test('the reference platform has the same picture of the cluster, whichever wire is spoken', async () => {
  await using stage = await startFakeStage({ env: { PLATFORM_WIRE: 'agent-deltas', PAGE_SIZE: '10' } });
  await stage.startReadyAgent();
  expect(await stage.verdict()).toEqual(ALL_WELL);
  const { fake } = stage.cluster;
  const [first, second, third] = fake.objects('pods');
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are too few pods');
  fake.update(referenceTo(first), touch);
  fake.delete(referenceTo(second));
  fake.delete(referenceTo(third));
  fake.create(newLife(third));
  fake.create(newLife(first, 'another'));
  expect(await stage.verdict()).toEqual(ALL_WELL);
});
