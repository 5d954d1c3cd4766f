import { expect, test } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import type { KubeObject } from '@castai/shared/kube/kube-object.ts';
import { ManualClock } from '@castai/shared/testing/manual-clock.ts';
import { jsonPatch } from '@castai/test/fakes/kube-apiserver/patch.ts';
import type { RecordedNotice } from '../node/node-record.ts';
import { OwnNode } from '../node/own-node.ts';
import { NodeMarker } from './node-marker.ts';

const RECORD = 'autoscaling.cast.ai/spot-handler';
const notice: RecordedNotice = {
  id: 'e',
  source: 'scheduled-events',
  kind: 'preempt',
  type: 'Preempt',
  isStarted: false,
  isReported: true,
  isMarking: true,
};

interface TestNode extends KubeObject {
  spec: { unschedulable?: boolean };
}

/** A node as the API server has it, a marker, and what it did. */
class Stage {
  readonly clock = new ManualClock();
  readonly done: string[] = [];
  readonly marker: NodeMarker;
  readonly node: OwnNode;
  stored: TestNode;
  /** What the next patches throw. */
  readonly refusals: Error[] = [];
  #version = 1;
  readonly #over = new AbortController();
  readonly #ended: Promise<unknown>;

  constructor({ begins = true, isDry = false, record = '' } = {}) {
    const annotations = record === '' ? {} : { [RECORD]: record };
    this.stored = {
      metadata: { name: 'node-1', uid: 'uid-1', resourceVersion: '1', annotations, labels: {} },
      spec: {},
    };
    this.node = new OwnNode({
      name: 'node-1',
      client: {
        get: async () => {
          this.done.push('read');
          return this.stored;
        },
      },
      watch: {
        follow: () => {
          throw new Error('nobody follows');
        },
      },
      clock: this.clock,
      random: () => 0.5,
      onChange: () => this.marker.look(),
      onFailure: () => undefined,
    });
    this.marker = new NodeMarker({
      node: this.node,
      writer: {
        patchNode: async ({ does, operations }) => {
          this.done.push(does);
          const refusal = this.refusals.shift();
          if (refusal !== undefined) throw refusal;
          if (isDry) return undefined;
          this.change((node) => Object.assign(node, jsonPatch(node, operations)));
          return this.stored;
        },
      },
      clock: this.clock,
      random: () => 0.5,
      observer: { onPatched: () => undefined, onPatchFailed: () => undefined },
      begins,
    });
    this.#ended = this.marker.run(this.#over.signal).catch(() => undefined);
  }

  /** Somebody changes the node. */
  change(how: (node: TestNode) => void): void {
    const node = structuredClone(this.stored);
    how(node);
    this.#version += 1;
    node.metadata.resourceVersion = String(this.#version);
    this.stored = node;
  }

  /** The watch brings what is there. */
  async see(): Promise<void> {
    this.node.adopt(structuredClone(this.stored));
    await this.clock.advance(0);
  }

  async stop(): Promise<void> {
    this.#over.abort(new Error('the test is over'));
    await this.#ended;
  }
}

const MARKED = JSON.stringify({ notices: [notice], mark: { isCordonOurs: true, isTaintOurs: false } });

test('a cordon that somebody takes off is not ours any more, as soon as it is seen', async () => {
  const stage = new Stage();
  await stage.see();
  stage.marker.want(notice);
  await stage.clock.advance(0);
  stage.change((node) => delete node.spec.unschedulable);
  await stage.see();
  stage.change((node) => Object.assign(node.spec, { unschedulable: true }));
  await stage.see();
  stage.marker.drop('e');
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.spec.unschedulable, stage.marker.isPending]).toEqual([
    ['mark', 'record', 'unmark'],
    true,
    false,
  ]);
  await stage.stop();
});

test('what another process has written beside ours is left as it is until there is something to write', async () => {
  const stage = new Stage({ record: MARKED });
  stage.change((node) => Object.assign(node.spec, { unschedulable: true }));
  stage.marker.want(notice);
  await stage.see();
  stage.change((node) => {
    const record = { ...JSON.parse(MARKED), notices: [notice, { ...notice, id: 'of the other' }] };
    node.metadata['annotations'] = { [RECORD]: JSON.stringify(record) };
  });
  for (let count = 0; count < 3; count += 1) await stage.see();
  expect([stage.done, stage.marker.isPending]).toEqual([[], false]);
  await stage.stop();
});

test('a mark is taken back although its record was deleted while it stood', async () => {
  const stage = new Stage();
  await stage.see();
  stage.marker.want(notice);
  await stage.clock.advance(0);
  stage.change((node) => delete node.metadata['annotations']);
  await stage.see();
  // Written anew at once, so that a process after this one knows it, too.
  expect(JSON.parse(stage.node.current?.record ?? '')).toMatchObject({ mark: { isCordonOurs: true } });
  stage.marker.drop('e');
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.spec.unschedulable, stage.marker.isPending]).toEqual([
    ['mark', 'record', 'unmark'],
    undefined,
    false,
  ]);
  // What comes later has nothing to do with it.
  stage.change((node) => Object.assign(node.spec, { unschedulable: true }));
  await stage.see();
  expect([stage.done.length, stage.stored.spec.unschedulable]).toEqual([3, true]);
  await stage.stop();
});

test('a later notice marks the node again, however the first mark went', async () => {
  for (const how of ['by us', 'by us, with an answer that is lost', 'by hand'] as const) {
    const stage = new Stage();
    await stage.see();
    stage.marker.want(notice);
    await stage.clock.advance(0);
    if (how === 'by us, with an answer that is lost') {
      stage.refusals.push(new KubeError('KUBE_UNREACHABLE', 'no answer'));
      stage.marker.drop('e');
      await stage.clock.advance(0);
    }
    if (how !== 'by us') {
      stage.change((node) => {
        node.spec = {};
        node.metadata['annotations'] = {};
        node.metadata['labels'] = {};
      });
      await stage.see();
    }
    stage.marker.drop('e');
    await stage.clock.advance(how === 'by us, with an answer that is lost' ? 0 : 2000);
    stage.marker.want({ ...notice, id: 'another' });
    await stage.clock.advance(2000);
    expect([how, stage.stored.spec.unschedulable]).toEqual([how, true]);
    await stage.stop();
  }
});

test('what is taken off together with its record stays off', async () => {
  const stage = new Stage();
  await stage.see();
  stage.marker.want(notice);
  await stage.clock.advance(0);
  stage.change((node) => {
    node.spec = {};
    node.metadata['annotations'] = {};
    node.metadata['labels'] = {};
  });
  await stage.see();
  stage.marker.want({ ...notice, isStarted: true });
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.spec]).toEqual([['mark', 'record'], {}]);
  await stage.stop();
});

test('who begins nothing leaves a node alone, and brings to its end what stands there', async () => {
  const clean = new Stage({ begins: false });
  await clean.see();
  clean.marker.want({ ...notice, isMarking: false });
  await clean.clock.advance(0);
  expect([clean.done, clean.marker.isPending]).toEqual([[], false]);
  await clean.stop();

  const stage = new Stage({ begins: false, record: MARKED });
  stage.change((node) => Object.assign(node.spec, { unschedulable: true }));
  await stage.see();
  stage.marker.want({ ...notice, isMarking: false });
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.spec]).toEqual([['unmark'], {}]);
  stage.marker.drop('e');
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.metadata['annotations']]).toEqual([['unmark', 'record'], {}]);
  await stage.stop();
});

test('a mark that is held stays, and goes when it is let go', async () => {
  const stage = new Stage({
    record: JSON.stringify({ notices: [], mark: { isCordonOurs: true, isTaintOurs: false } }),
  });
  stage.change((node) => Object.assign(node.spec, { unschedulable: true }));
  stage.marker.hold(true);
  await stage.see();
  expect(stage.done).toEqual([]);
  stage.marker.hold(false);
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.spec]).toEqual([['unmark'], {}]);
  await stage.stop();
});

test('a dry run tells what it would do once, however often the node changes', async () => {
  const stage = new Stage({ isDry: true });
  await stage.see();
  stage.marker.want(notice);
  await stage.clock.advance(0);
  const cordoned = { mark: { isCordonOurs: true, isTaintOurs: true } };
  for (let count = 0; count < 3; count += 1) {
    stage.change((node) => Object.assign(node.metadata, { annotations: { [RECORD]: JSON.stringify(cordoned) } }));
    await stage.see();
  }
  expect([stage.done, stage.marker.isPending]).toEqual([['mark'], false]);
  await stage.stop();
});

test('the node is read again when somebody else has written in between', async () => {
  const stage = new Stage();
  await stage.see();
  stage.refusals.push(new KubeError('KUBE_INVALID', 'the test does not hold'));
  stage.marker.want(notice);
  await stage.clock.advance(0);
  expect([stage.done, stage.stored.spec.unschedulable]).toEqual([['mark', 'read', 'mark'], true]);
  await stage.stop();
});
