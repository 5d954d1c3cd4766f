import { expect, it } from 'vitest';
import { urlUnder } from './url-under.ts';

it('a path is put under that of the server, whether or not it ends with a slash', () => {
  const f = (base: string, expected: string): void => {
    expect(urlUnder(new URL(base), '/v1/x?a=%2F')).toBe(expected);
  };
  f('https://api.test', 'https://api.test/v1/x?a=%2F');
  f('https://api.test:8443/', 'https://api.test:8443/v1/x?a=%2F');
  f('https://api.test/k8s/cluster-1', 'https://api.test/k8s/cluster-1/v1/x?a=%2F');
  f('https://api.test/k8s/cluster-1//', 'https://api.test/k8s/cluster-1/v1/x?a=%2F');
});
