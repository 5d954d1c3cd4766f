import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import { describe, expect, it } from 'vitest';
import { KubeSurvey } from './api-survey.ts';
import type { FeedSpec } from './feeds.ts';

const spec: FeedSpec = {
  name: 'deployments',
  group: 'apps',
  versions: ['v1'],
  resource: 'deployments',
  kind: 'Deployment',
  mode: 'watch',
  namespace: '',
  fieldSelector: '',
  scrub: 'metadataOnly',
  priority: 0,
};

/** Whether a feed may be read with these verbs, and what the API server was asked. */
async function review(of: FeedSpec, allowed: readonly string[]) {
  const asked: string[] = [];
  const survey = new KubeSurvey(
    {
      canI: ({ group, resource, verb, namespace }) => {
        asked.push(`${verb} ${resource}.${group} in ${namespace === '' ? 'all' : String(namespace)}`);
        return Promise.resolve(allowed.includes(verb));
      },
      get: () => Promise.reject(new Error('an object was asked for')),
    },
    { refresh: () => Promise.reject(new Error('discovery was asked')) },
  );
  return { mayRead: await survey.mayRead(of, new AbortController().signal), asked };
}

describe('the right to read a feed', () => {
  it('is to list and to watch it, in its namespace', async () => {
    expect(await review(spec, ['list', 'watch'])).toEqual({
      mayRead: true,
      asked: ['list deployments.apps in all', 'watch deployments.apps in all'],
    });
    expect((await review({ ...spec, namespace: 'shop' }, ['list', 'watch'])).asked[0]).toBe(
      'list deployments.apps in shop',
    );
    expect((await review(spec, ['list'])).mayRead).toBe(false);
  });

  it('is not asked for further where the first answer is no', async () => {
    expect(await review(spec, ['watch'])).toEqual({ mayRead: false, asked: ['list deployments.apps in all'] });
  });

  it('of one that is polled is to list it', async () => {
    expect(await review({ ...spec, mode: 'poll' }, ['list'])).toEqual({
      mayRead: true,
      asked: ['list deployments.apps in all'],
    });
  });
});

describe('a list that is tried', () => {
  const tryList = async (code?: KubeErrorCode) => {
    const asked: string[] = [];
    const get = (path: string): Promise<Record<string, unknown>> => {
      asked.push(path);
      return code === undefined ? Promise.resolve({}) : Promise.reject(new KubeError(code, 'no'));
    };
    const client = { get, canI: () => Promise.reject(new Error('a review was asked for')) };
    const survey = new KubeSurvey(client, { refresh: () => Promise.reject(new Error('discovery was asked')) });
    const canList = await survey.canList({ ...spec, namespace: 'shop' }, 'v1', new AbortController().signal);
    return { canList, asked };
  };

  it('tells by its own answer whether it may be read', async () => {
    expect(await tryList()).toEqual({ canList: true, asked: ['/apis/apps/v1/namespaces/shop/deployments?limit=1'] });
    expect([(await tryList('KUBE_FORBIDDEN')).canList, (await tryList('KUBE_NOT_FOUND')).canList]).toEqual([
      false,
      false,
    ]);
    await expect(tryList('KUBE_SERVER_ERROR')).rejects.toMatchObject({ code: 'KUBE_SERVER_ERROR' });
  });
});
