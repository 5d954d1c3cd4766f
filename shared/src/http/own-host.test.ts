import { expect, it } from 'vitest';
import { isOwnHost } from './own-host.ts';

it('takes addresses, localhost, short names and names of Services, and no name that a web page can bring', () => {
  const f = (host: string | undefined, expected: boolean): void => {
    expect([host, isOwnHost(host)]).toEqual([host, expected]);
  };
  f(undefined, true);
  f('10.1.2.3:8080', true);
  f('10.1.2.3', true);
  f('[fd00::1]:8080', true);
  f('[fe80::1]', true);
  f('localhost:9000', true);
  f('LOCALHOST', true);
  f('castai-agent', true);
  f('agent.localhost:80', true);
  f('castai-agent.castai-agent.svc:8080', true);
  f('castai-agent.castai-agent.svc.cluster.local.', true);
  f('attacker.example', false);
  f('attacker.example:8080', false);
  f('127.0.0.1.nip.io', false);
  f('a.b.svc.attacker.example', false);
  f('castai-agent.castai-agent.svc.cluster.local.attacker.example', false);
  f('localhost.attacker.example', false);
  f('local', true);
  f('a b', false);
});
