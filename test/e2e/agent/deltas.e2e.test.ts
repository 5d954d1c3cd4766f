/**
 * The whole program on the second wire, before a receiver of the public API that takes its documents by the letter: whatever breaks a rule is
 * refused there, and fails the test.
 */
import { describe, expect, test } from 'vitest';
import { eventually } from '@castai/shared/testing/eventually.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import type { ReceiverFault } from '@castai/shared/testing/deltas-receiver.ts';
import { DeltasStage } from '../../stages/agent/deltas-stage.ts';
import { newLife, referenceTo, touch } from '../../stages/agent/fake-stage.ts';

/** A quarter of an hour a minute: deltas are 15 s apart. */
const HASTE = 15;

function changeSome({ cluster: { fake } }: DeltasStage): void {
  const [first, second, third] = fake.objects('pods');
  if (first === undefined || second === undefined || third === undefined) throw new Error('there are too few pods');
  fake.update(referenceTo(first), touch);
  fake.delete(referenceTo(second));
  fake.delete(referenceTo(third));
  fake.create(newLife(third));
  fake.create(newLife(first, 'another'));
}

const snapshots = ({ receiver }: DeltasStage): number =>
  receiver.requests.filter(({ fullSnapshot, status }) => fullSnapshot && status === 204).length;

describe.concurrent('an agent on the second wire', () => {
  test('sends one full snapshot and then what changes, each under the token of the one before', async () => {
    await using stage = await DeltasStage.start({ haste: HASTE, env: { PAGE_SIZE: '10' } });
    const agent = await stage.startAgent();
    expect(await stage.differences()).toEqual([]);
    await agent.untilReady();
    const [first] = stage.receiver.requests;
    expect({ token: first?.token, isFull: first?.fullSnapshot }).toEqual({ token: '', isFull: true });
    expect(new Set(first?.items.map(({ event }) => event))).toEqual(new Set(['add']));

    changeSome(stage);
    expect(await stage.differences()).toEqual([]);
    expect(snapshots(stage)).toBe(1);
    expect(stage.receiver.requests.every(({ status }) => status === 204)).toBe(true);
    // A quiet cluster is told all the same.
    const before = stage.receiver.requests.length;
    const heartbeats = await eventually({
      what: 'heartbeats go on',
      look: () => stage.receiver.requests.slice(before).filter(({ items }) => items.length === 0),
      until: ({ length }) => length >= 2,
    });
    expect(heartbeats.every(({ fullSnapshot }) => !fullSnapshot)).toBe(true);
  });

  test('begins a fresh snapshot when one is cut, wherever that is, and removes nothing', async () => {
    await using stage = await DeltasStage.start({ haste: HASTE, env: { PAGE_SIZE: '10' } });
    await stage.startAgent();
    expect(await stage.differences()).toEqual([]);
    const whole = stage.receiver.requests[0]?.bytes ?? 0;
    expect(whole).toBeGreaterThan(1000);
    stage.receiver.faults.push(...[0.1, 0.5, 0.9].map((share) => ({ cutAt: Math.floor(whole * share) })));
    stage.receiver.faults.push({ loseAnswer: true });
    stage.receiver.forgetToken();
    // The heartbeat takes the first of them, and the refusal of its token is what begins the snapshots.
    stage.receiver.faults.unshift(undefined);
    changeSome(stage);
    expect(await stage.differences()).toEqual([]);
    await eventually({
      what: 'all faults were met, and a snapshot was taken after them',
      look: () => [stage.receiver.faults.length, snapshots(stage)],
      until: ([left, taken]) => left === 0 && taken === 3,
    });
    expect(await stage.differences()).toEqual([]);
    const gone = new Set(stage.receiver.swept);
    const alive = stage.cluster.fake.objects('pods').map(({ metadata }: KubeObject) => metadata);
    expect(alive.filter(({ namespace, name }) => gone.has(`Pod ${String(namespace)}/${name}`))).toEqual([]);
  });

  test('finds out by itself which wire is spoken', async () => {
    await using stage = await DeltasStage.start({ haste: HASTE, env: { PLATFORM_WIRE: 'auto' } });
    const agent = await stage.startAgent();
    expect(await stage.differences()).toEqual([]);
    await agent.untilReady();
    expect(await agent.section('Delivery')).toMatchObject({
      wire: 'agent-deltas',
      'wire chosen': 'agent-deltas: the platform takes it',
      processed: expect.stringContaining('counted as received') as string,
    });
  });

  test('sends everything again when the platform asks', async () => {
    await using stage = await DeltasStage.start({ haste: HASTE });
    const agent = await stage.startAgent();
    expect(await stage.differences()).toEqual([]);
    await agent.untilReady();
    stage.receiver.wishes.resync = true;
    await eventually({ what: 'a second snapshot', look: () => snapshots(stage), until: (count) => count === 2 });
    expect(await stage.differences()).toEqual([]);
    expect(stage.receiver.swept).toEqual([]);
    expect((await agent.section('Delivery'))['last full snapshot']).toMatch(/^ASKED, /u);
  });

  test('says what is wrong when nothing is taken, and goes on when it is', async () => {
    const verdicts: [ReceiverFault, string][] = [
      [{ refuse: 413 }, 'TOO_LARGE: HTTP 413'],
      [
        { refuse: 200, body: '<html>Sign in</html>', headers: { 'content-type': 'text/html' } },
        'INTERFERENCE: HTTP 200',
      ],
      [
        { refuse: 307, headers: { location: 'https://portal.example.com/login' } },
        'INTERFERENCE: HTTP 307 to https://portal.example.com',
      ],
      [{ refuse: 429, headers: { 'retry-after': '1' } }, 'UNAVAILABLE: HTTP 429'],
      [{ refuse: 401 }, 'UNAUTHORIZED: HTTP 401'],
    ];
    await using stage = await DeltasStage.start({ haste: HASTE });
    stage.receiver.always = verdicts[0]?.[0];
    const agent = await stage.startAgent();
    for (const [fault, said] of verdicts) {
      stage.receiver.always = fault;
      await eventually({
        what: `the page says ${said}`,
        look: () => agent.section('Delivery'),
        until: (delivery) => String(delivery['last refusal']).startsWith(said),
        timeoutMs: 120_000,
      });
      expect((await agent.readiness()).ready).toBe(false);
    }
    stage.receiver.always = undefined;
    expect(await stage.differences()).toEqual([]);
  });
});
