import { describe, expect, it } from 'vitest';
import { isKubeletAlive, isMeant, isUsable } from './classify-node.ts';
import { NODE_ID_LABEL, type NodeView, viewNode } from './node-view.ts';

const node = (more: { label?: string; providerID?: string; taints?: object[]; ready?: string } = {}): NodeView => {
  const { label, providerID, taints, ready } = more;
  const view = viewNode({
    metadata: { name: 'n', uid: 'u', labels: label === undefined ? {} : { [NODE_ID_LABEL]: label } },
    spec: { providerID, taints },
    status: {
      conditions: [
        { type: 'DiskPressure', status: 'False' },
        { type: 'Ready', status: ready },
      ],
    },
  });
  if (view === undefined) throw new Error('no node');
  return view;
};

describe('the machine that is meant', () => {
  it('is told by its label and its provider, as far as both sides have them', () => {
    const f = (
      label: string | undefined,
      providerID: string | undefined,
      nodeId: string,
      providerId: string,
      expected: boolean,
    ): void =>
      expect([
        label,
        providerID,
        nodeId,
        providerId,
        isMeant(
          node({ ...(label === undefined ? {} : { label }), ...(providerID === undefined ? {} : { providerID }) }),
          { name: 'n', nodeId, providerId },
        ),
      ]).toEqual([label, providerID, nodeId, providerId, expected]);
    f('a', 'p', '', 'p', true);
    f('a', 'p', '', 'q', false);
    f('a', 'p', 'a', 'p', true);
    f('a', undefined, 'a', 'p', true);
    f('a', 'p', 'a', '', true);
    f('a', 'p', 'a', 'q', false);
    f(undefined, 'p', 'a', 'p', true);
    f('', 'p', 'a', 'P', true);
    f(undefined, 'p', 'a', 'q', false);
    f('b', 'p', 'a', 'p', false);
    f('A', 'AZURE://X', 'a', 'azure://x', true);
    // Nothing is equal to nothing, and proves nothing.
    f(undefined, undefined, 'a', '', false);
    f(undefined, undefined, 'a', 'p', false);
  });
});

describe('a node that can be used', () => {
  it('defect 6: has no taint of the cloud, whatever the value and the effect of it', () => {
    const key = 'node.cloudprovider.kubernetes.io/uninitialized';
    expect(isUsable(node({ ready: 'True' }))).toBe(true);
    expect(isUsable(node({ ready: 'True', taints: [{ key: 'other', effect: 'NoSchedule' }] }))).toBe(true);
    for (const taint of [
      { key, value: 'true', effect: 'NoSchedule' },
      { key, effect: 'NoSchedule' },
      { key, value: 'x' },
    ]) {
      expect(isUsable(node({ ready: 'True', taints: [taint] }))).toBe(false);
    }
  });

  it('is ready', () => {
    for (const ready of ['False', 'Unknown', '']) expect(isUsable(node({ ready }))).toBe(false);
  });
});

it('a kubelet is alive as long as the control plane hears of it', () => {
  expect(['True', 'False', 'Unknown', ''].map((ready) => isKubeletAlive(node({ ready })))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
