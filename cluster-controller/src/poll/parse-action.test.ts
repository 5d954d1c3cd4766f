import { tryParseKubeJson } from '@castai/shared/kube/json/parse-kube-json.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActionBody } from './action.ts';
import { parseAction, type ParsedItem } from './parse-action.ts';

const NODE = { nodeName: 'node-1', nodeId: 'n-1', providerId: 'azure:///vm-1' };
const node = { name: 'node-1', nodeId: 'n-1', providerId: 'azure:///vm-1' };
const parse = (fields: object): ParsedItem => parseAction({ id: 'a-1', createdAt: '2026-01-02T03:04:05Z', ...fields });
const action = (body: ActionBody): ParsedItem => ({
  is: 'action',
  action: { id: 'a-1', createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5), body },
});
const unusable = (code: 'unsupported' | 'invalid', problem: string): ParsedItem => ({
  is: 'unusable',
  unusable: { id: 'a-1', code, problem },
});

describe('an action', () => {
  it('is read for each kind that is carried out', () => {
    const f = (fields: object, body: ActionBody): void => expect(parse(fields)).toEqual(action(body));
    f(
      { actionDrainNode: { ...NODE, drainTimeoutSeconds: 600, force: true, waitForVolumeDetach: true } },
      { kind: 'drainNode', node, timeoutMs: 600_000, force: true, awaitsVolumes: true, volumesMs: 60_000 },
    );
    f({ actionDeleteNode: NODE }, { kind: 'deleteNode', node });
    f(
      {
        actionPatchNode: {
          ...NODE,
          labels: { a: 'b', '-c': '' },
          taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
          unschedulable: false,
          capacity: { 'example.com/x': 4 },
        },
      },
      {
        kind: 'patchNode',
        node,
        labels: { a: 'b', '-c': '' },
        annotations: {},
        taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
        unschedulable: false,
        capacity: { 'example.com/x': '4' },
      },
    );
    f(
      { actionCreateEvent: { reportingComponent: 'r', eventType: 'Warning', reason: 'R', message: 'm', action: 'A' } },
      {
        kind: 'createEvent',
        reporter: 'r',
        about: { apiVersion: '', kind: '', namespace: '', name: '', uid: '', resourceVersion: '', fieldPath: '' },
        type: 'Warning',
        reason: 'R',
        action: 'A',
        message: 'm',
      },
    );
    f({ actionCheckNodeDeleted: NODE }, { kind: 'checkNodeDeleted', node });
    f(
      { actionCheckNodeStatus: { ...NODE, nodeStatus: 'NodeStatus_READY' } },
      { kind: 'checkNodeStatus', node, wanted: 'ready', timeoutMs: 540_000 },
    );
    f(
      { actionEvictPod: { namespace: 'default', podName: 'web-0', timeoutSeconds: 60 } },
      { kind: 'evictPod', namespace: 'default', name: 'web-0', timeoutMs: 60_000 },
    );
    const id = { group: 'autoscaling.cast.ai', version: 'v1', resource: 'things', name: 'x' };
    const object = { ...id, namespace: '' };
    f(
      { actionPatch: { id, patchType: 'application/merge-patch+json', patch: '{"a":1}' } },
      { kind: 'patch', object, patchType: 'application/merge-patch+json', patch: { a: 1 } },
    );
    const manifest = { metadata: { name: 'x', namespace: 'n' }, spec: {} };
    f(
      { actionCreate: { ...id, name: undefined, object: manifest } },
      { kind: 'create', object: { ...object, namespace: 'n' }, manifest },
    );
    f({ actionDelete: { id } }, { kind: 'delete', object });
    f({ actionDisconnectCluster: {} }, { kind: 'disconnectCluster' });
  });

  it('takes numbers and truth as texts, either of the two ids, and members that are null', () => {
    const f = (fields: object, body: ActionBody): void => expect(parse(fields)).toEqual(action(body));
    const drain = { kind: 'drainNode', timeoutMs: 600_500, awaitsVolumes: false, volumesMs: 7000 } as const;
    f(
      {
        actionDrainNode: {
          nodeName: 'node-1',
          nodeId: null,
          providerId: 'p',
          drainTimeoutSeconds: '600.5',
          force: 'false',
          volumeDetachTimeoutSeconds: '7',
        },
        actionDeleteNode: null,
      },
      { ...drain, node: { name: 'node-1', nodeId: '', providerId: 'p' }, force: false },
    );
    f(
      { actionDeleteNode: { nodeName: 'n', nodeId: 'x' } },
      { kind: 'deleteNode', node: { name: 'n', nodeId: 'x', providerId: '' } },
    );
  });

  it('keeps numbers that no double holds as they were written, and takes odd ones where a number is meant', () => {
    const spec = '{"a":9007199254740993,"b":[-0,1e400],"c":1.0}';
    const text = `{"id":"a-1","createdAt":"2026-01-02T03:04:05Z","actionCreate":
      {"group":"g","version":"v1","resource":"things","object":{"metadata":{"name":"x"},"spec":${spec}}}}`;
    const parsed = parseAction(tryParseKubeJson(text));
    expect(JSON.stringify(parsed)).toContain(`"spec":${spec}`);
    const id = { group: 'g', version: 'v1', resource: 'things', name: 'x' };
    const patch = parse({ actionPatch: { id, patchType: 'application/merge-patch+json', patch: `{"spec":${spec}}` } });
    expect(JSON.stringify(patch)).toContain(`"patch":{"spec":${spec}}`);
    const odd = `{"id":"a-1","createdAt":"2026-01-02T03:04:05Z","actionDrainNode":
      {"nodeName":"n","nodeId":"x","drainTimeoutSeconds":6.0e1,"force":false}}`;
    expect(parseAction(tryParseKubeJson(odd))).toMatchObject({ action: { body: { timeoutMs: 60_000 } } });
    const capacity = `{"id":"a-1","actionPatchNode":{"nodeName":"n","nodeId":"x","capacity":{"e.com/x":9007199254740993}}}`;
    expect(parseAction(tryParseKubeJson(capacity))).toMatchObject({
      action: { body: { capacity: { 'e.com/x': '9007199254740993' } } },
    });
    expect(parseAction(tryParseKubeJson('{"id":"a-1","actionFly":1.5}'))).toMatchObject({
      unusable: { code: 'invalid', problem: 'the action has no kind' },
    });
    expect(parseAction(tryParseKubeJson('{"id":"a-1","actionDeleteNode":1.5}'))).toMatchObject({
      unusable: { problem: 'actionDeleteNode: actionDeleteNode is no object' },
    });
  });

  it('an eviction that is told to take 0 seconds, which meant for ever, ends after an hour', () => {
    const body = { kind: 'evictPod', namespace: 'd', name: 'p', timeoutMs: 3_600_000 } as const;
    expect(parse({ actionEvictPod: { namespace: 'd', podName: 'p', timeoutSeconds: 0 } })).toEqual(action(body));
  });

  it('whose kind is not carried out is answered with its name, at once', () => {
    for (const kind of [
      'actionChartUpsert',
      'actionChartRollback',
      'actionChartUninstall',
      'actionApproveCsr',
      'actionFly',
    ]) {
      expect(parse({ [kind]: {} })).toEqual(unusable('unsupported', `${kind} is no kind that is carried out`));
    }
    expect(parse({})).toEqual(unusable('invalid', 'the action has no kind'));
    expect(parse({ actionType: 'x', actionCount: 2, actionDelete: null })).toEqual(
      unusable('invalid', 'the action has no kind'),
    );
    expect(parse({ actionDeleteNode: NODE, actionDrainNode: NODE })).toEqual(
      unusable('invalid', 'the action has more than one kind: actionDeleteNode, actionDrainNode'),
    );
  });

  it('defect 3: a rollback of a chart is refused, and not called done while nothing is', () => {
    expect(
      parse({ actionChartRollback: { releaseName: 'castai-cluster-controller', version: '1.2.3' } }),
    ).toMatchObject({
      unusable: { code: 'unsupported' },
    });
  });

  it('defect 4: no certificate is approved for whoever asks', () => {
    expect(parse({ actionApproveCsr: { nodeName: 'cast-pool-1', nodeId: 'x', allowAutoApprove: true } })).toMatchObject(
      {
        unusable: { code: 'unsupported' },
      },
    );
  });

  it('that cannot be meant is answered with what is wrong', () => {
    const f = (fields: object, problem: string): void => expect(parse(fields)).toEqual(unusable('invalid', problem));
    f({ actionDeleteNode: 'x' }, 'actionDeleteNode: actionDeleteNode is no object');
    f({ actionDeleteNode: { nodeName: 'n' } }, 'actionDeleteNode: neither nodeId nor providerId is given');
    f({ actionDeleteNode: { nodeId: 'n' } }, 'actionDeleteNode: nodeName is missing');
    f({ actionDeleteNode: { nodeId: 'n', nodeName: '../pods' } }, 'actionDeleteNode: nodeName is no name of an object');
    f(
      { actionDrainNode: { ...NODE, drainTimeoutSeconds: -1 } },
      'actionDrainNode: drainTimeoutSeconds is no number of seconds',
    );
    f(
      { actionDrainNode: { ...NODE, drainTimeoutSeconds: '1h' } },
      'actionDrainNode: drainTimeoutSeconds is no number of seconds',
    );
    f({ actionDrainNode: { ...NODE, force: 'yes' } }, 'actionDrainNode: force is neither true nor false');
    f({ actionPatchNode: { ...NODE, taints: [{ key: 'a' }] } }, 'actionPatchNode: effect is missing');
    f(
      { actionPatchNode: { ...NODE, taints: Array.from({ length: 257 }, () => ({})) } },
      'actionPatchNode: taints has more than 256 entries',
    );
    f({ actionPatchNode: { ...NODE, labels: { a: {} } } }, 'actionPatchNode: labels has an entry that is no text');
    f(
      { actionCheckNodeStatus: { ...NODE, nodeStatus: 'x' } },
      'actionCheckNodeStatus: nodeStatus is neither NodeStatus_READY nor NodeStatus_DELETED',
    );
    const id = { group: 'g', version: 'v1', resource: 'r', name: 'n' };
    f({ actionDelete: { id: { ...id, name: '..' } } }, 'actionDelete: name is no name of an object');
    f({ actionDelete: { id: { ...id, name: 'a/b' } } }, 'actionDelete: name is no name of an object');
    f({ actionDelete: { id: { ...id, version: '../v1' } } }, 'actionDelete: version is no API version');
    f({ actionDelete: { id: { ...id, resource: 'pods/eviction' } } }, 'actionDelete: resource is no resource');
    f({ actionDelete: { id: { ...id, group: 'a/b' } } }, 'actionDelete: group is no API group');
    f({ actionDelete: { id: { ...id, namespace: '..' } } }, 'actionDelete: namespace is no namespace');
    f({ actionPatch: { id, patchType: 'application/json-patch+json', patch: '{' } }, 'actionPatch: patch is no JSON');
    f(
      { actionPatch: { id, patchType: 'application/json-patch+json', patch: '1' } },
      'actionPatch: patch is neither an object nor a list',
    );
    f(
      { actionPatch: { id, patchType: 'text/plain', patch: '{}' } },
      'actionPatch: patchType is no type of patch that is carried out',
    );
  });

  it('without an id that can be answered is nameless', () => {
    for (const item of [
      undefined,
      null,
      7,
      'x',
      [],
      {},
      { id: 7 },
      { id: '' },
      { id: '../x' },
      { id: 'x'.repeat(129) },
    ]) {
      expect(parseAction(item)).toEqual({ is: 'nameless' });
    }
  });

  it('has no time where none can be read', () => {
    for (const createdAt of [undefined, null, '', 'yesterday', '0001-01-01T00:00:00Z', 7, '2026-13-45T00:00:00Z']) {
      const parsed = parseAction({ id: 'a', createdAt, actionDisconnectCluster: {} });
      expect(parsed).toEqual({ is: 'action', action: { id: 'a', body: { kind: 'disconnectCluster' } } });
    }
    expect(
      parseAction({ id: 'a', createdAt: '2026-01-02T03:04:05.123456789+01:00', actionDisconnectCluster: {} }),
    ).toMatchObject({
      action: { createdAtMs: Date.UTC(2026, 0, 2, 2, 4, 5, 123) },
    });
  });

  it('of any shape is read without an exception', () => {
    const names = fc.constantFrom(
      'id',
      'createdAt',
      'actionDrainNode',
      'actionCreate',
      'actionPatch',
      '__proto__',
      'nodeName',
      'object',
      'metadata',
      'taints',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(names, tie('value')),
        fc.constantFrom('node-1', 'v1'),
      ),
    }));
    fc.assert(
      fc.property(value, (fields) => {
        expect(['action', 'unusable', 'nameless']).toContain(parseAction({ id: 'a', actionCreate: fields }).is);
        expect(['action', 'unusable', 'nameless']).toContain(parseAction(fields).is);
      }),
    );
  });
});
