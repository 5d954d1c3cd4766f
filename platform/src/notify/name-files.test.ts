import { expect, test } from 'vitest';
import { addressesInHosts, candidateNames } from './name-files.ts';

test('a hosts file gives every address of a name, in whatever case, and none of a comment', () => {
  const hosts = `
127.0.0.1	localhost loopback # receiver
::1 localhost ip6-localhost
# 10.0.0.1 receiver
10.0.0.2  Receiver.Example   receiver
10.0.0.2 receiver
nonsense receiver
fe00::0\tip6-localnet\r
`;
  const f = (host: string): string[] => addressesInHosts(hosts, host);
  expect(f('localhost')).toEqual(['127.0.0.1', '::1']);
  expect(f('receiver')).toEqual(['10.0.0.2']);
  expect(f('receiver.EXAMPLE')).toEqual(['10.0.0.2']);
  expect(f('ip6-localnet')).toEqual(['fe00::0']);
  expect(f('10.0.0.2')).toEqual([]);
  expect(f('')).toEqual([]);
});

const POD = `nameserver 10.96.0.10
search castai.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`;

test('in a pod a short name is asked for in every domain of the list, and at last as it stands', () => {
  expect(candidateNames(POD, 'receiver.monitoring')).toEqual([
    'receiver.monitoring.castai.svc.cluster.local',
    'receiver.monitoring.svc.cluster.local',
    'receiver.monitoring.cluster.local',
    'receiver.monitoring',
  ]);
  expect(candidateNames(POD, 'a.b.c.d.e.example')[0]).toBe('a.b.c.d.e.example');
  expect(candidateNames(POD, 'a.b.c.d.example')[0]).toBe('a.b.c.d.example.castai.svc.cluster.local');
});

test('a name that ends with a dot is meant as it stands', () => {
  expect(candidateNames(POD, 'receiver.monitoring.')).toEqual(['receiver.monitoring']);
});

test('elsewhere one dot is enough, the last list counts, and what is no list says nothing', () => {
  const f = (resolvConf: string, host: string): string[] => candidateNames(resolvConf, host);
  expect(f('', 'hooks.example')).toEqual(['hooks.example']);
  expect(f('', 'hooks')).toEqual(['hooks']);
  expect(f('search a.example\ndomain b.example. # ours\n', 'hooks')).toEqual(['hooks.b.example', 'hooks']);
  expect(f('search a.example', 'hooks.example')).toEqual(['hooks.example', 'hooks.example.a.example']);
  expect(f('search a\noptions rotate ndots:2\noptions timeout:1', 'b.c')).toEqual(['b.c.a', 'b.c']);
  expect(f('search a\noptions ndots:99', Array.from({ length: 16 }, () => 'x').join('.'))[0]).not.toContain('a');
  expect(f('search .\n;search a\nsearching b\noptions ndots:x', 'hooks')).toEqual(['hooks']);
});
