/** A platform and an API server that answer every request, but late, as in a mass interruption. */
import { expect, it } from 'vitest';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

it.concurrent.for([4000, 8000])('a notice is marked and told where every answer takes %i ms', async (ms) => {
  await using stage = await SpotStage.start({ cloud: 'azure' });
  await stage.startReady();
  stage.kube.faults.add({ match: { verb: 'patch', resource: 'nodes' }, action: { type: 'delay', ms } });
  await stage.control.addFault({ on: 'event', action: { type: 'delay', ms } });
  stage.imds.service.schedule();
  await stage.marked();
  await stage.reported(1);
  expect([stage.node.isMarked, (await stage.reports()).length]).toEqual([true, 1]);
});
