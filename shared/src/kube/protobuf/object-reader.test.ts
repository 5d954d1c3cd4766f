import { expect, test } from 'vitest';
import { message } from '../../../testing/protobuf-bytes.ts';
import { exactNumber } from '../json/exact-number.ts';
import { objectReader, type ObjectReader } from './object-reader.ts';
import type { WantedFields } from './decode-message.ts';

const METADATA = message([1, 'web'], [3, 'shop'], [5, 'u1'], [6, '12']);
/** An entry whose value is said to be three bytes longer than there is room for. */
const LONG = Buffer.concat([message([1, 'app']), Buffer.from([0x12, 4, 0x62])]);

function reader(
  kind: string,
  options: { group?: string; wanted?: WantedFields; unknown?: string[] } = {},
): ObjectReader {
  const { group = '', wanted = 'all', unknown = [] } = options;
  const onUnknownField = (name: string, number: number): number => unknown.push(`${name} ${String(number)}`);
  const made = objectReader({ group, version: 'v1', kind, wanted, onUnknownField });
  if (made === undefined) throw new Error(`no table of ${kind}`);
  return made;
}

test('an object comes out as its JSON would', () => {
  const container = message(
    [1, 'main'],
    [2, 'app:1'],
    [6, message([1, 'http'], [2, 0], [3, 8080])],
    [8, message([2, quantity('cpu', '250m')])],
  );
  const pod = message(
    [1, METADATA],
    [2, message([2, container], [4, 30], [10, 'n1'], [11, 0])],
    [3, message([1, 'Running'])],
  );
  expect(reader('Pod').read(pod)).toEqual({
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '12' },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'app:1',
          ports: [{ name: 'http', containerPort: 8080 }],
          resources: { requests: { cpu: '250m' } },
        },
      ],
      terminationGracePeriodSeconds: 30,
      nodeName: 'n1',
    },
    status: { phase: 'Running' },
  });
});

test('a struct that Go embeds stands in JSON where it stands itself', () => {
  const volume = message([1, 'data'], [2, message([2, message([1, 'Memory'])])]);
  const { spec } = reader('Pod').read(message([2, message([1, volume])]));
  expect(spec).toEqual({ volumes: [{ name: 'data', emptyDir: { medium: 'Memory' } }] });
});

test('zero that Go leaves out of JSON is left out, and zero that it writes is there', () => {
  // ContainerStatus: `ready` and `restartCount` are always written; `containerID` is not.
  const status = message([1, 'main'], [4, 0], [5, 0], [6, ''], [7, ''], [8, '']);
  expect(reader('Pod').read(message([3, message([8, status])]))).toEqual({
    status: { containerStatuses: [{ name: 'main', ready: false, restartCount: 0, image: '', imageID: '' }] },
  });
});

test('what a pointer points at is there, zero or not', () => {
  expect(reader('Pod').read(message([2, message([4, 0])]))).toEqual({ spec: { terminationGracePeriodSeconds: 0 } });
});

test('times, and those that Go calls zero', () => {
  const times = message([8, message([1, 1_700_000_000], [2, 0])], [9, message()]);
  expect(reader('Pod').read(message([1, times]))).toEqual({
    metadata: { creationTimestamp: '2023-11-14T22:13:20Z', deletionTimestamp: null },
  });
  // Whoever writes protobuf to the API server may write seconds of which no date is made.
  const far = message([1, message([8, message([1, 2n ** 60n], [2, 2n ** 60n])])]);
  expect(reader('Pod').read(far)).toEqual({ metadata: { creationTimestamp: '' } });
  const event = message([10, message([1, 1_700_000_000], [2, 123_456_000])]);
  expect(reader('Event').read(event)).toEqual({ eventTime: '2023-11-14T22:13:20.123456Z' });
});

test('a number that a double cannot hold keeps its digits', () => {
  const pod = reader('Pod').read(message([2, message([4, 9_223_372_036_854_775_807n], [5, -1])]));
  expect(pod).toEqual({
    spec: { terminationGracePeriodSeconds: exactNumber('9223372036854775807'), activeDeadlineSeconds: -1 },
  });
});

test('a port is a number or a name', () => {
  const port = (target: Buffer): Buffer => message([1, 'http'], [3, 80], [4, target]);
  const service = message([2, message([1, port(message([1, 0], [2, 8080]))], [1, port(message([1, 1], [3, 'web']))])]);
  expect(reader('Service').read(service)).toEqual({
    spec: {
      ports: [
        { name: 'http', port: 80, targetPort: 8080 },
        { name: 'http', port: 80, targetPort: 'web' },
      ],
    },
  });
});

test('a map may have any key, the one that sets a prototype as well', () => {
  const entry = (key: string, value: string): Buffer => message([1, key], [2, value]);
  const { metadata } = reader('Pod').read(message([1, message([11, entry('__proto__', 'x')], [11, entry('ü', 'é')])]));
  expect(JSON.stringify(metadata)).toBe('{"labels":{"__proto__":"x","ü":"é"}}');
});

test('who set which field is never read', () => {
  expect(reader('Pod').read(message([1, message([1, 'web'], [17, message([1, 'kubectl'])])]))).toEqual({
    metadata: { name: 'web' },
  });
});

test('a field that no table has is counted and passed by, whatever its type', () => {
  const unknown: string[] = [];
  const pod = message([2, message([10, 'n1'], [900, 'tomorrow'], [901, 1])], [9, message([1, 'x'])]);
  expect(reader('Pod', { unknown }).read(pod)).toEqual({ spec: { nodeName: 'n1' } });
  expect(unknown).toEqual(['core.v1.PodSpec 900', 'core.v1.PodSpec 901', 'core.v1.Pod 9']);
});

test('what is not wanted is passed by, and an object always tells who it is', () => {
  const wanted: WantedFields = new Map([['spec', new Map([['nodeName', 'all']])]]);
  const pod = message(
    [1, METADATA],
    [2, message([7, message([1, 'a'], [2, 'b'])], [10, 'n1'])],
    [3, message([1, 'Running'])],
  );
  const { metadata, spec, status } = reader('Pod', { wanted }).read(pod);
  expect({ metadata, spec, status }).toEqual({
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '12' },
    spec: { nodeName: 'n1' },
    status: undefined,
  });
});

test('what is beside the metadata is made when somebody asks for it', () => {
  const unknown: string[] = [];
  const wanted: WantedFields = new Map([['spec', 'all']]);
  const pod = reader('Pod', { wanted, unknown }).read(message([1, METADATA], [2, message([900, 'x'])]));
  expect([pod['metadata'] !== undefined, unknown]).toEqual([true, []]);
  expect([pod['spec'], pod['spec'], unknown]).toEqual([{}, {}, ['core.v1.PodSpec 900']]);
  pod['spec'] = 'another';
  expect(pod['spec']).toBe('another');
});

test('a message that comes in parts is all of them together, and of a value that comes twice the last one counts', () => {
  const pod = message(
    [1, message([1, 'old'], [11, message([1, 'app'], [2, 'a'])])],
    [1, message([1, 'web'], [11, message([1, 'tier'], [2, 'b'])])],
  );
  expect(reader('Pod').read(pod)).toEqual({ metadata: { name: 'web', labels: { app: 'a', tier: 'b' } } });
});

test('numbers of a list may stand behind each other', () => {
  const groups = message([4, Buffer.from([1, 0x80, 0x01])], [4, 7]);
  expect(reader('Pod').read(message([2, message([14, groups])]))).toEqual({
    spec: { securityContext: { supplementalGroups: [1, 128, 7] } },
  });
});

test.each([
  ['a text that is longer than its message', Buffer.from([0x0a, 0x05, 0x0a, 0x7f, 0x61, 0x62, 0x63])],
  ['a message that ends in a number', message([2, Buffer.from([0x20, 0x80])])],
  ['a number without an end', message([2, Buffer.concat([Buffer.from([0x20]), Buffer.alloc(12, 0x80)])])],
  ['a group, which protobuf no longer has', Buffer.from([0x0b])],
  ['a field that goes beyond the message in which it stands', message([2, Buffer.from([0x3a, 0x05, 0x0a, 0x01])])],
  ['a field of the number 0', message([2, message([0, 'x'])])],
  ['a number where a text stands', message([1, message([1, 7])])],
  ['a text where a number stands', message([2, message([4, 'x'])])],
  // The three bytes that it has too many are a field of their own otherwise.
  ['a label whose value goes beyond its entry', message([1, message([11, LONG], [5, 'u'])])],
  ['a label whose value is a number', message([1, message([11, message([1, 'app'], [2, 1])])])],
  ['a time that goes beyond its message', message([1, message([8, Buffer.from([0x08])], [0, 1], [5, 'u'])])],
  ['a time whose seconds are a text', message([1, message([8, message([1, 'x'])])])],
])('%s is a fault', (_what, bytes) => {
  expect(() => reader('Pod').read(bytes)).toThrow(expect.objectContaining({ code: 'KUBE_STREAM_BROKEN' }));
});

test.each([
  ['argoproj.io', 'Rollout'],
  ['apps.example.io', 'Deployment'],
  ['autoscaling.k8s.io', 'HorizontalPodAutoscaler'],
  ['metrics.k8s.io', 'PodMetrics'],
])('a kind of %s is not in the tables', (group, kind) => {
  expect(objectReader({ group, version: 'v1', kind })).toBeUndefined();
});

function quantity(name: string, text: string): Buffer {
  return message([1, name], [2, message([1, text])]);
}
