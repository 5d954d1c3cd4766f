import { KubeError, type KubeErrorCode } from '@castai/shared/kube/kube-error.ts';
import type { ListRequest } from '@castai/shared/kube/kube-stream.ts';
import { describe, expect, it } from 'vitest';
import { askCollection } from './ask-collection.ts';
import { allFeeds } from './feeds.ts';

const pools = allFeeds({ configMapNamespaces: [], readRbac: true, readIngress: true }).filter(
  ({ resource }) => resource === 'nodepools',
);

/** What the collection answers in each version; a code is a failure. */
async function ask(answers: Readonly<Record<string, KubeErrorCode | 'a list'>>) {
  const asked: string[] = [];
  const listPage = ({ path, limit }: ListRequest) => {
    asked.push(`${path} ${String(limit)}`);
    const answer = answers[path.split('/')[3] ?? ''] ?? 'a list';
    if (answer !== 'a list') return Promise.reject(new KubeError(answer, 'no'));
    const metadata = {
      kind: 'List',
      apiVersion: 'v1',
      resourceVersion: '1',
      continueToken: '',
      remainingItemCount: undefined,
    };
    return Promise.resolve({ metadata, items: (async function* () {})(), end: () => metadata });
  };
  const [spec] = pools;
  if (spec === undefined) throw new Error('there is no such feed');
  const question = { spec, versions: Object.keys(answers) };
  return { answer: await askCollection({ listPage }, question, new AbortController().signal), asked };
}

describe('a collection', () => {
  it('is there in the first version that answers, and is asked for one object at most', async () => {
    expect(await ask({ v1: 'KUBE_NOT_FOUND', v1beta1: 'a list', v2: 'a list' })).toEqual({
      answer: { is: 'there', version: 'v1beta1' },
      asked: ['/apis/karpenter.sh/v1/nodepools 1', '/apis/karpenter.sh/v1beta1/nodepools 1'],
    });
  });

  it('is gone when every version answers 404 or 410', async () => {
    expect((await ask({ v1: 'KUBE_NOT_FOUND', v1beta1: 'KUBE_EXPIRED' })).answer).toEqual({ is: 'gone' });
  });

  it('has said nothing clear with any other answer, in whatever version', async () => {
    for (const code of [
      'KUBE_FORBIDDEN',
      'KUBE_SERVER_ERROR',
      'KUBE_METHOD_NOT_ALLOWED',
      'KUBE_UNREACHABLE',
    ] as const) {
      expect((await ask({ v1: code, v1beta1: 'KUBE_NOT_FOUND' })).answer).toEqual({ is: 'unclear' });
      expect((await ask({ v1: 'KUBE_NOT_FOUND', v1beta1: code })).answer).toEqual({ is: 'unclear' });
      expect((await ask({ v1: code, v1beta1: 'a list' })).answer).toEqual({ is: 'there', version: 'v1beta1' });
    }
  });
});
