import { expect, it } from 'vitest';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { checkNamespaces, privacyFindings } from './check-privacy.ts';

const NOTHING = { compatFullObjects: false, labelsMasked: [], skipNamespaces: [] };

it('says what an operator keeps in, and warns of what he lets out', () => {
  expect(privacyFindings(NOTHING)).toEqual([]);
  expect(privacyFindings({ ...NOTHING, labelsMasked: ['a', 'b/*'], skipNamespaces: ['hr'] })).toEqual([
    {
      id: 'privacy',
      severity: 'ok',
      detail: 'values of the labels a, b/* leave as hashes; content of the namespaces hr stays',
      cure: '',
    },
  ]);
  const severities = privacyFindings({ ...NOTHING, compatFullObjects: true, skipNamespaces: ['hr'] }).map(
    ({ severity }) => severity,
  );
  expect(severities).toEqual(['warning', 'ok']);
});

it('warns of a namespace that there is not, and says nothing where it cannot be asked', async () => {
  const { signal } = new AbortController();
  const asked: string[] = [];
  const client = {
    get: (path: string) => {
      asked.push(path);
      return Promise.resolve({ items: path.includes('%3Dhr&') ? [{}] : [] });
    },
  };
  const found = await checkNamespaces(client, { skipNamespaces: ['hr', 'humanresources'] }, signal);
  expect(found.map(({ id, severity }) => [id, severity])).toEqual([['namespace/humanresources', 'warning']]);
  expect(asked[0]).toBe('/api/v1/namespaces?fieldSelector=metadata.name%3Dhr&limit=1');
  const refused = { get: () => Promise.reject(new KubeError('KUBE_FORBIDDEN', 'no')) };
  expect(await checkNamespaces(refused, { skipNamespaces: ['hr'] }, signal)).toEqual([]);
});
