import { describe, expect, it } from 'vitest';
import { fullObject, fullObjectVersion } from './full-object.ts';
import type { ScrubSwitch } from './shape.ts';

const options = (reenable: ScrubSwitch[] = [], annotationPrefixes: string[] = []) => ({
  reenable: new Set(reenable),
  annotationPrefixes,
});
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const containers = [
  {
    name: 'main',
    image: 'shop:1',
    command: ['sh', '-c', 'secret-command'],
    args: ['--password=secret-arg'],
    env: [
      { name: 'URL', value: 'secret-env' },
      { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } },
    ],
    livenessProbe: {
      exec: { command: ['secret-probe'] },
      httpGet: { path: '/', httpHeaders: [{ name: 'Authorization', value: 'secret-header' }] },
    },
  },
];
const template = {
  metadata: { annotations: { [LAST_APPLIED]: 'secret-applied', team: 'blue', long: 'x'.repeat(2049) } },
  spec: { containers, initContainers: containers, ephemeralContainers: containers },
};
const cronJob = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: {
    name: 'nightly',
    uid: 'u-1',
    resourceVersion: '7',
    managedFields: [{ manager: 'kubectl' }],
    annotations: { [LAST_APPLIED]: 'secret-applied', team: 'blue' },
  },
  spec: { jobTemplate: { spec: { template } }, startingDeadlineSeconds: 9 },
  userData: 'secret-user-data',
};
const under = (object: object, ...more: Parameters<typeof options>): string =>
  JSON.stringify(fullObject(options(...more), false)(object));

describe('nearly all of an object', () => {
  it('leaves, but for what is known to hold secrets, however deep that lies', () => {
    const kept = {
      name: 'main',
      image: 'shop:1',
      env: [{ name: 'URL' }, { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } }],
      livenessProbe: { exec: {}, httpGet: { path: '/', httpHeaders: [{ name: 'Authorization' }] } },
    };
    const spec = { containers: [kept], initContainers: [kept], ephemeralContainers: [kept] };
    const leaves = fullObject(options(), false)(cronJob);
    expect(leaves).toEqual({
      metadata: { name: 'nightly', uid: 'u-1', annotations: { team: 'blue' } },
      spec: {
        jobTemplate: { spec: { template: { metadata: { annotations: { team: 'blue' } }, spec } } },
        startingDeadlineSeconds: 9,
      },
    });
    expect(JSON.stringify(leaves)).not.toContain('secret-');
    expect(cronJob.metadata.managedFields).toHaveLength(1);
  });

  it('lets each of them out by a switch of its own', () => {
    const f = (held: string, reenable: ScrubSwitch[], prefixes: string[] = []): void => {
      expect([held, under(cronJob, reenable, prefixes).includes(held)]).toEqual([held, true]);
    };
    f('secret-env', ['envValues']);
    f('secret-command', ['commands']);
    f('secret-probe', ['commands']);
    f('secret-arg', ['args']);
    f('secret-header', ['probeRequests']);
    f('secret-user-data', ['userData']);
    f('secret-applied', [], [LAST_APPLIED]);
    expect(under(cronJob, [], ['kubectl.kubernetes.io/'])).not.toContain('secret-applied');
  });

  it('holds values of ConfigMaps back, and takes the data of nothing else for such', () => {
    const map = {
      metadata: { name: 'm' },
      data: { key: 'secret-value' },
      binaryData: { b: 'c2VjcmV0' },
      immutable: true,
    };
    expect(fullObject(options(), true)(map)).toEqual({ metadata: { name: 'm' }, immutable: true });
    expect(fullObject(options(['configMapValues']), true)(map)).toEqual(map);
    expect(fullObject(options(), false)(map)).toEqual(map);
  });

  it('drops what has another form than it should have, and what lies deeper than any schema', () => {
    expect(
      under({ metadata: {}, spec: { env: { A: 'secret-a' }, command: 'secret-c', annotations: 'secret-s' } }),
    ).toBe('{"metadata":{},"spec":{}}');
    let deep: object = { word: 'secret-deep' };
    for (let depth = 0; depth < 100_000; depth++) deep = { deep };
    expect(under({ metadata: {}, spec: deep })).not.toContain('secret-deep');
    const parsed: unknown = JSON.parse('{"metadata":{},"__proto__":{"a":1}}');
    expect(JSON.stringify(fullObject(options(), false)(parsed))).toBe('{"metadata":{},"__proto__":{"a":1}}');
  });

  it('is nothing of what is no Kubernetes object', () => {
    for (const value of [undefined, null, 'x', [], {}, { metadata: 'x' }]) {
      expect(fullObject(options(), false)(value)).toBeUndefined();
    }
  });

  it('has another number wherever what leaves is another', () => {
    const versions = [options(), options(['args']), options([], ['a/'])].map((of) => fullObjectVersion(of));
    expect(new Set(versions).size).toBe(3);
    expect(fullObjectVersion(options(['args', 'commands']))).toBe(fullObjectVersion(options(['commands', 'args'])));
  });
});
