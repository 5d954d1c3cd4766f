/** Whose the mark on a node is, when it is taken back, and what is left of it. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { eventually } from '@castai/shared/testing/eventually.ts';
import { SpotStage } from '../../stages/spot-handler/spot-stage.ts';

const RECORD = 'autoscaling.cast.ai/spot-handler';
const DRAINING = 'autoscaling.cast.ai/draining';

/** A node that carries our mark, and a record of this text about it. */
const markedWith =
  (record: object) =>
  (node: KubeObject): void => {
    const { metadata } = node;
    const spec = node['spec'] as { unschedulable?: boolean; taints: unknown[] };
    metadata['annotations'] = { [RECORD]: JSON.stringify(record) };
    metadata['labels'] = { [DRAINING]: 'spot-interruption' };
    spec.unschedulable = true;
    spec.taints.push({ key: DRAINING, value: 'true', effect: 'NoSchedule' });
  };
const mark = { isCordonOurs: true, isTaintOurs: true, labelBefore: null };
const setCordon = (stage: SpotStage<'azure'>, isOn: boolean): void =>
  stage.changeNode((node) => Object.assign(node['spec'] as object, { unschedulable: isOn }));

describe.concurrent('a mark', () => {
  it('that somebody takes off and puts on again for reasons of their own is theirs', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    await stage.startReady();
    const id = stage.imds.service.schedule({ EventType: 'Reboot', inMs: 60_000 });
    await stage.marked();
    setCordon(stage, false);
    await eventually({
      what: 'the record knows that the cordon was taken off',
      look: () => stage.node.record,
      until: (record) => record?.includes('"isCordonOurs":false') === true,
    });
    setCordon(stage, true);
    stage.imds.service.remove(id);
    const after = await stage.unmarked();
    expect([after.unschedulable, after.drainingLabel, after.taints.length]).toEqual([true, undefined, 1]);
  });

  it('whose record somebody deletes or overwrites is taken back all the same', async () => {
    for (const annotations of [{}, { [RECORD]: 'scribbled over' }]) {
      await using stage = await SpotStage.start({ cloud: 'azure' });
      await stage.startReady();
      const id = stage.imds.service.schedule({ EventType: 'Reboot', inMs: 60_000 });
      await stage.acted();
      stage.changeNode(({ metadata }) => Object.assign(metadata, { annotations }));
      await eventually({
        what: 'the record is there again',
        look: () => stage.node.record,
        until: (record) => record?.includes('"isCordonOurs":true') === true,
      });
      stage.imds.service.remove(id);
      const after = await stage.unmarked();
      expect([after.unschedulable, after.drainingLabel, after.taints.length]).toEqual([false, undefined, 1]);
    }
  });

  it('whose reason a later version wrote is taken back when no notice is there any more', async () => {
    const notices = [{ id: 'x', kind: 'of-a-later-version', isMarking: true }];
    await using stage = await SpotStage.start({ cloud: 'azure', node: markedWith({ version: 2, notices, mark }) });
    await stage.startReady();
    const after = await stage.unmarked();
    expect([after.unschedulable, after.drainingLabel, after.taints.length]).toEqual([false, undefined, 1]);
  });

  it('is taken back by a process that only reports, which tells nothing twice', async () => {
    await using stage = await SpotStage.start({ cloud: 'azure' });
    const first = await stage.startReady();
    const id = stage.imds.service.schedule({ EventType: 'Reboot', inMs: 60_000 });
    await stage.acted();
    await eventually({
      what: 'the node remembers the report',
      look: () => stage.node.record,
      until: (record) => record?.includes('"isReported":true') === true,
    });
    await first.kill();
    for (const _ of ['the first process that reports', 'and one after it']) {
      const handler = await stage.startReady({ MODE: 'report' });
      await eventually({
        what: 'the mark is gone',
        look: () => stage.node,
        until: ({ unschedulable }) => !unschedulable,
      });
      await eventually({
        what: 'the notice was seen and taken over',
        look: async () => JSON.stringify((await handler.status()).sections),
        until: (text) => text.includes('"phase":"acted"') && text.includes('"status":"Scheduled"'),
      });
      await handler.kill();
    }
    expect((await stage.reports()).length).toBe(1);
    await stage.startReady({ MODE: 'report' });
    stage.imds.service.remove(id);
    expect((await stage.unmarked()).taints.length).toBe(1);
  });

  it('is no reason to fail where the record has a time that is none', async () => {
    const notice = { id: 'x', source: 'scheduled-events', kind: 'reboot', type: 'Reboot', isStarted: false };
    const text = JSON.stringify({ notices: [{ ...notice, isReported: true, isMarking: true, startsAtMs: 'T' }], mark });
    const odd = markedWith({});
    await using stage = await SpotStage.start({
      cloud: 'azure',
      node: (node) => {
        odd(node);
        node.metadata['annotations'] = { [RECORD]: text.replace('"T"', '1e999') };
      },
    });
    const handler = await stage.startReady();
    expect((await handler.get('/statusz')).status).toBe(200);
    expect((await stage.unmarked()).unschedulable).toBe(false);
  });
});
