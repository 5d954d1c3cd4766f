import { describe, expect, it } from 'vitest';
import { sampleCluster } from '@castai/test/samples/sample-cluster.ts';
import type { ScrubRuleName } from './rules.ts';
import { compileShape, rulesFor, scrubObject } from './scrub-json.ts';
import { parseKubeJson } from '@castai/shared/kube/json/parse-kube-json.ts';
import { LEAF_MEANING } from './scrub-version.ts';
import {
  annotations,
  fields,
  flag,
  from,
  list,
  map,
  mapOnly,
  mapWithout,
  message,
  number,
  numberOrText,
  oversized,
  quantity,
  reason,
  sizes,
  text,
  time,
  unlessOnly,
  when,
  where,
  whereOr,
  type ScrubOptions,
  type ScrubSwitch,
  type Shape,
} from './shape.ts';

const DEFAULTS: ScrubOptions = { reenable: new Set(), annotationPrefixes: [] };
const naming = (...switches: ScrubSwitch[]): ScrubOptions => ({ ...DEFAULTS, reenable: new Set(switches) });
const scrub = (scrubRule: ScrubRuleName, object: unknown, options = DEFAULTS): unknown =>
  scrubObject(rulesFor({ scrub: scrubRule }, options), object);

describe('leaves', () => {
  const kept = (shape: Shape, values: readonly unknown[]): unknown[] =>
    values.filter((value) => compileShape(shape, DEFAULTS)(value) !== undefined);

  it('keep what they are declared as; whoever changes this list raises LEAF_MEANING with it', () => {
    const values: unknown[] = [
      'a',
      'Two words',
      'x'.repeat(513),
      'Reason_1',
      'OutOfnvidia.com/gpu',
      'OutOfhugepages-2Mi',
      'Elb.RegistrationInProgress',
      'ends with a point.',
      '1.5Gi',
      '-250m',
      '1e3',
      'Mi',
      '1 Gi',
      7,
      true,
    ];
    const times = ['2026-10-01T06:07:44Z', '2026-10-01T06:07:44.123456Z', '2026-10-01', '2026-10-01T06:07:44Z or so'];
    const rest = [null, {}, []];
    const all = [...values, ...times, ...rest];
    expect({
      meaning: LEAF_MEANING,
      text: kept(text, all).length,
      message: kept(message, all).length,
      reason: kept(reason, all),
      quantity: kept(quantity, all),
      time: kept(time, all),
      number: kept(number, all),
      flag: kept(flag, all),
      numberOrText: kept(numberOrText, ['25%', 'http', 8080, 'x'.repeat(65), true, null]),
    }).toEqual({
      meaning: 3,
      text: 16,
      message: 17,
      reason: ['a', 'Reason_1', 'OutOfnvidia.com/gpu', 'OutOfhugepages-2Mi', 'Elb.RegistrationInProgress', 'Mi'],
      quantity: ['1.5Gi', '-250m', '1e3', 7],
      time: ['2026-10-01T06:07:44Z', '2026-10-01T06:07:44.123456Z'],
      number: [7],
      flag: [true],
      numberOrText: ['25%', 'http', 8080],
    });
  });

  it('keep every digit of a number that no double can hold', () => {
    const value = parseKubeJson('{"a":9223372036854775807,"b":{"c":9007199254740993},"d":[1]}');
    const project = compileShape(fields({ a: number, b: map(number), d: list(number) }), DEFAULTS);
    expect(JSON.stringify(project(value))).toBe('{"a":9223372036854775807,"b":{"c":9007199254740993},"d":[1]}');
    // Where no number is expected it is dropped like any other one.
    expect(compileShape(fields({ a: map(text) }), DEFAULTS)(value)).toEqual({});
    expect(JSON.stringify(compileShape(fields({ a: quantity }), DEFAULTS)(value))).toBe('{"a":9223372036854775807}');
  });

  it('cut a message on a character boundary', () => {
    expect(compileShape(message, DEFAULTS)(`${'x'.repeat(1023)}😀`)).toBe(`${'x'.repeat(1023)}\uFFFD`);
  });
});

describe('shapes', () => {
  const f = (shape: Shape, value: unknown, expected: unknown): void => {
    expect(compileShape(shape, DEFAULTS)(value)).toEqual(expected);
  };

  it('keep of an object only the named fields, in the order of the policy', () => {
    const project = compileShape(fields({ b: text, a: text }), DEFAULTS);
    expect(JSON.stringify(project({ secret: 'x', a: '1', b: '2' }))).toBe('{"b":"2","a":"1"}');
    f(fields({ a: text }), ['a'], undefined);
    f(fields({ a: text }), 'a', undefined);
    f(fields({ a: text }), null, undefined);
    f(fields({ a: text }), { a: { b: 'x' } }, {});
  });

  it('drop elements of a list that are of another type, and a list that is none', () => {
    f(list(text), ['a', 1, null, { a: 'x' }, 'b'], ['a', 'b']);
    f(list(text), { 0: 'a' }, undefined);
    f(list(text), 'abc', undefined);
  });

  it('keep free keys of a map, but none that would change the object itself', () => {
    f(map(text), { a: '1', b: 2, c: { d: 'x' } }, { a: '1' });
    const project = compileShape(map(fields({ a: text })), DEFAULTS);
    const result = project(JSON.parse('{"__proto__": {"a": "x"}, "b": {"a": "y"}}'));
    expect(JSON.stringify(result)).toBe('{"b":{"a":"y"}}');
    expect(Object.getPrototypeOf(result)).toBe(Object.prototype);
    f(map(text), { ['k'.repeat(318)]: 'x' }, {});
  });

  it('drop an object of which nothing but its name is left', () => {
    const volume = unlessOnly('name', { name: text, emptyDir: fields({}) });
    f(list(volume), [{ name: 'a', secret: {} }, { name: 'b', emptyDir: {} }, {}], [{ name: 'b', emptyDir: {} }]);
  });

  it('keep of a map only keys that are told, or those that are none of the told words', () => {
    f(
      mapOnly(['skuName', 'csi.storage.k8s.io/fstype'], text),
      { SKUNAME: 'a', skuname: 'b', sku: 'c' },
      { SKUNAME: 'a', skuname: 'b' },
    );
    const project = mapWithout(['mac', 'ip'], text);
    const kept = { 'dra.net/ifName': 'x', chip: 'x', 'mac.example.com/x': 'x' };
    f(project, { ...kept, 'dra.net/mac': 'x', macAddress: 'x', 'a/host-ip': 'x', IP: 'x' }, kept);
  });

  it('keep a field by what stands beside it', () => {
    const shape = fields({ type: text, value: whereOr('type', { 'a b': text, c: number }, flag) });
    f(shape, { type: 'a', value: 'x' }, { type: 'a', value: 'x' });
    f(shape, { type: 'b', value: 5 }, { type: 'b' });
    f(shape, { type: 'c', value: 5 }, { type: 'c', value: 5 });
    f(shape, { type: 'd', value: true }, { type: 'd', value: true });
    f(shape, { value: 'x' }, {});
    f(fields({ value: where('type', ['a'], text) }), { type: 'b', value: 'x' }, {});
    f(fields({ short: from('long', number) }), { long: 5, short: 7 }, { short: 5 });
  });

  it('tell the bytes of values instead of the values', () => {
    f(sizes, { a: 'grün', b: '', c: 5 }, { a: 5, b: 0 });
  });

  it('obey a switch', () => {
    const shape = when('args', text, number);
    expect(compileShape(shape, naming('args'))('x')).toBe('x');
    expect(compileShape(shape, DEFAULTS)('x')).toBeUndefined();
    expect(compileShape(shape, DEFAULTS)(5)).toBe(5);
  });

  it('keep allowed annotations up to their length, whole or not at all, and tell how many were too long', () => {
    f(
      annotations,
      {
        'karpenter.sh/short': 'x',
        'karpenter.sh/full': 'x'.repeat(2048),
        'karpenter.sh/long': 'x'.repeat(2049),
        'karpenter.sh/wide': 'ü'.repeat(1025),
        'karpenter.sh/number': 5,
        'example.com/other': 'x',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      },
      { 'karpenter.sh/short': 'x', 'karpenter.sh/full': 'x'.repeat(2048) },
    );
    f(annotations, { 'example.com/other': 'x' }, undefined);
    f(oversized, { 'karpenter.sh/a': 'x'.repeat(2049), 'cast.ai/b': 'x'.repeat(16_385), c: 'x'.repeat(20_000) }, 2);
    f(oversized, { 'karpenter.sh/a': 'x', 'cast.ai/b': 'ü'.repeat(8192), c: 5 }, undefined);
    f(oversized, 'x'.repeat(20_000), undefined);
  });
});

describe('scrubObject', () => {
  it('gives nothing for what is no Kubernetes object, whatever it is', () => {
    for (const value of [undefined, null, 1, 'x', [], {}, { metadata: 'x' }, { metadata: null }, { metadata: [] }]) {
      expect(scrub('pod', value)).toBeUndefined();
    }
  });

  it('leaves its input as it was', () => {
    const pod = { metadata: { name: 'a', managedFields: [{ manager: 'x' }] }, spec: { containers: [{ args: ['x'] }] } };
    const before = structuredClone(pod);
    scrub('pod', pod);
    expect(pod).toEqual(before);
  });

  it('gives the same for an object of a list and of a watch', () => {
    const pod = { metadata: { name: 'a', namespace: 'b', uid: 'u', resourceVersion: '1' }, spec: { nodeName: 'n' } };
    expect(scrub('pod', pod)).toEqual(scrub('pod', { apiVersion: 'v1', kind: 'Pod', ...pod }));
  });

  it('keeps what a workload asks for and drops what it is told', () => {
    const cronJob = {
      metadata: { name: 'report', namespace: 'shop', uid: 'u1', labels: { app: 'report' } },
      spec: {
        schedule: '5 4 * * *',
        jobTemplate: {
          spec: {
            template: {
              metadata: { annotations: { 'cast.ai/spot': 'yes', 'vault.example.com/role': 'admin' } },
              spec: {
                initContainers: [
                  {
                    name: 'migrate',
                    image: 'shop/migrate:1',
                    command: ['sh', '-c', 'psql postgres://u:p@db'],
                    env: [
                      { name: 'DSN', value: 'postgres://u:p@db' },
                      { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
                    ],
                  },
                ],
                containers: [
                  {
                    name: 'main',
                    image: 'shop/report:1',
                    args: ['--token=abc'],
                    resources: { requests: { cpu: '250m', memory: '1Gi' } },
                    livenessProbe: {
                      periodSeconds: 5,
                      httpGet: {
                        path: '/live?key=abc',
                        port: 'http',
                        httpHeaders: [{ name: 'Authorization', value: 'abc' }],
                      },
                    },
                    readinessProbe: { exec: { command: ['check', '--password=abc'] } },
                    lifecycle: { preStop: { exec: { command: ['bye', '--password=abc'] } } },
                  },
                ],
                volumes: [
                  { name: 'config', secret: { secretName: 'shop' } },
                  { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
                ],
                imagePullSecrets: [{ name: 'registry' }],
              },
            },
          },
        },
      },
    };
    expect(scrub('cronJob', cronJob)).toEqual({
      metadata: { name: 'report', namespace: 'shop', uid: 'u1', labels: { app: 'report' } },
      spec: {
        schedule: '5 4 * * *',
        jobTemplate: {
          spec: {
            template: {
              metadata: { annotations: { 'cast.ai/spot': 'yes' } },
              spec: {
                initContainers: [
                  { name: 'migrate', image: 'shop/migrate:1', env: [{ name: 'DSN' }, { name: 'PASSWORD' }] },
                ],
                containers: [
                  {
                    name: 'main',
                    image: 'shop/report:1',
                    resources: { requests: { cpu: '250m', memory: '1Gi' } },
                    livenessProbe: { periodSeconds: 5, httpGet: { port: 'http' } },
                    readinessProbe: { exec: {} },
                  },
                ],
                volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
              },
            },
          },
        },
      },
    });
  });

  it('sends of an unknown kind that it exists, its conditions and nothing else', () => {
    const migration = {
      metadata: { name: 'm', namespace: 'n' },
      spec: { token: 'abc' },
      data: { password: 'abc' },
      status: { log: 'abc', conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message: 'token abc' }] },
    };
    expect(scrub('metadataOnly', migration)).toEqual({
      metadata: { name: 'm', namespace: 'n' },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Failed' }] },
    });
  });

  it('sends an ExternalName service without the name that it stands for', () => {
    const service = { metadata: { name: 's' }, spec: { type: 'ExternalName', externalName: 'db.example.com' } };
    expect(scrub('service', service)).toEqual({ metadata: { name: 's' }, spec: { type: 'ExternalName' } });
  });

  it('sends keys and sizes of ConfigMaps, and values only when named', () => {
    const configMap = { metadata: { name: 'c' }, data: { 'app.conf': 'password=abc' } };
    expect(scrub('configMap', configMap)).toEqual({ metadata: { name: 'c' }, data: { 'app.conf': 12 } });
    expect(scrub('configMap', configMap, naming('configMapValues'))).toEqual(configMap);
  });

  it('sends the reason of an event and its eviction annotations, not its message', () => {
    const event = {
      metadata: { name: 'e', namespace: 'n', annotations: { starved_resource: 'memory', other: 'abc' } },
      involvedObject: { kind: 'Pod', name: 'p', uid: 'u' },
      reason: 'Evicted',
      type: 'Warning',
      count: 1,
      message: 'The node was low on resource: memory. Container main was using abc',
    };
    expect(scrub('event', event)).toEqual({
      metadata: { name: 'e', namespace: 'n', annotations: { starved_resource: 'memory' } },
      involvedObject: { kind: 'Pod', name: 'p', uid: 'u' },
      reason: 'Evicted',
      type: 'Warning',
      count: 1,
    });
  });

  it('sends usage without labels for pod metrics', () => {
    const metrics = {
      metadata: { name: 'p', namespace: 'n', labels: { a: 'b' }, creationTimestamp: '2026-10-01T06:07:44Z' },
      timestamp: '2026-10-01T06:07:44Z',
      window: '15.1s',
      containers: [{ name: 'main', usage: { cpu: '1234567n', memory: '4096Ki' } }],
    };
    const { name, namespace } = metrics.metadata;
    expect(scrub('podMetrics', metrics)).toEqual({ ...metrics, metadata: { name, namespace } });
  });

  it('lets out exactly what a switch names', () => {
    const pod = (main: object): object => ({
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'main', ...main }] },
    });
    const f = (name: ScrubSwitch, main: object): void => {
      expect(scrub('pod', pod(main), naming(name))).toEqual(pod(main));
      expect(scrub('pod', pod(main))).not.toEqual(pod(main));
    };
    f('args', { args: ['--a=b c'] });
    f('commands', { command: ['sh'], livenessProbe: { exec: { command: ['check'] } } });
    f('envValues', {
      env: [
        { name: 'A', value: 'b' },
        { name: 'B', valueFrom: { secretKeyRef: { name: 'c', key: 'd' } } },
      ],
    });
    f('lifecycleHooks', { lifecycle: { preStop: { exec: { command: ['bye'] } } } });
    f('probeRequests', {
      readinessProbe: { httpGet: { port: 80, path: '/x', httpHeaders: [{ name: 'a', value: 'b' }] } },
    });
  });

  it('lets out messages, images and user data when they are named', () => {
    const f = (name: ScrubSwitch, rule: ScrubRuleName, content: object): void => {
      const object = { metadata: { name: 'x' }, ...content };
      expect(scrub(rule, object, naming(name))).toEqual(object);
      expect(scrub(rule, object)).not.toEqual(object);
    };
    f('terminationMessages', 'pod', {
      status: { containerStatuses: [{ name: 'a', state: { terminated: { exitCode: 1, message: 'out of luck' } } }] },
    });
    f('conditionMessages', 'pod', {
      status: { conditions: [{ type: 'Ready', message: 'not yet' }], message: 'evicted' },
    });
    f('eventMessages', 'event', { message: 'pulled the image' });
    f('nodeImages', 'node', { status: { images: [{ names: ['a:1'], sizeBytes: 5 }] } });
    f('userData', 'ec2NodeClass', { spec: { userData: '#!/bin/sh\necho abc' } });
    f('userData', 'aksNodeClass', { spec: { userData: '#!/bin/sh\necho abc' } });
  });

  it('takes every object of the sample cluster to less than half of its bytes', () => {
    const rules = rulesFor({ scrub: 'pod' }, DEFAULTS);
    for (const object of sampleCluster({ seed: 7, nodes: 3, pods: 30 })) {
      if (object.kind !== 'Pod') continue;
      const bytes = JSON.stringify(scrubObject(rules, object)).length;
      expect(bytes).toBeLessThan(JSON.stringify(object).length / 2);
    }
  });
});
