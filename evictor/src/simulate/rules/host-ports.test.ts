import { expect, test } from 'vitest';
import { hinderedBy, letsOnto } from '../../testing/judge-places.ts';
import { node, pod } from '../../testing/objects.ts';
import { hostPortsRule } from './host-ports.ts';

const withPort = (port: Record<string, unknown>): Record<string, unknown> => ({
  containers: [{ name: 'main', ports: [{ containerPort: 80, ...port }] }],
});
const OBJECTS = [
  ...['any', 'free', 'home', 'one', 'udp'].map((name) => node(name)),
  pod('on-any', 'any', withPort({ hostPort: 80, hostIP: '0.0.0.0' })),
  pod('on-one', 'one', withPort({ hostPort: 80, hostIP: '10.0.0.1' })),
  pod('on-udp', 'udp', withPort({ hostPort: 80, protocol: 'UDP' })),
];

test.each<readonly [string, Record<string, unknown>, string[]]>([
  ['no port of the node', {}, ['any', 'free', 'one', 'udp']],
  ['a port on all addresses', { hostPort: 80 }, ['free', 'udp']],
  ['a port on another address', { hostPort: 80, hostIP: '10.0.0.2' }, ['free', 'one', 'udp']],
  ['another port', { hostPort: 81 }, ['any', 'free', 'one', 'udp']],
  ['another protocol', { hostPort: 80, protocol: 'UDP' }, ['any', 'free', 'one']],
])('%s', (_name, port, expected) => {
  expect(
    letsOnto({ rule: () => hostPortsRule, objects: [...OBJECTS, pod('p', 'home', withPort(port))], pod: 'p' }),
  ).toEqual(expected);
});

test('each other pod with the same port can take one node', () => {
  const question = {
    rule: () => hostPortsRule,
    objects: [...OBJECTS, pod('p', 'home', withPort({ hostPort: 80 }))],
    pod: 'p',
  };
  const others = [
    pod('x', 'any', withPort({ hostPort: 80 })),
    pod('y', 'one'),
    pod('z', 'one', withPort({ hostPort: 80 })),
  ];
  expect(hinderedBy(question, others)).toBe(2);
});
