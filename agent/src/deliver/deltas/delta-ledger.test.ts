import { describe, expect, it } from 'vitest';
import type { DeltaFeed } from './delta-feeds.ts';
import { DeltaLedger, resumptionOf } from './delta-ledger.ts';

const feed = (id: number, name: string, more: Partial<DeltaFeed> = {}): DeltaFeed => ({
  id,
  name,
  group: '',
  version: 'v1',
  kind: 'Thing',
  isPolled: false,
  shape: 'v1/1',
  isBarred: false,
  status: { phase: 'live', state: 'SYNCED', restarts: 0 },
  ...more,
});
const feeds = [feed(1, 'pods'), feed(2, 'metrics', { isPolled: true }), feed(3, 'jobs')];
const point = (positions: Record<string, [string, string]>) => ({
  clusterId: 'c',
  token: 't',
  positions: new Map(Object.entries(positions).map(([name, [position, shape]]) => [name, { position, shape }])),
});

describe('ledger of positions', () => {
  it('has a feed further only when what was taken is with the platform', () => {
    const ledger = new DeltaLedger();
    const taken = { items: [], holes: [], ended: [1], positions: new Map([[1, '7']]) };
    ledger.begin([{ feedId: 1, resourceVersion: '5' }]);
    ledger.take(taken);
    const positions = (): unknown => Object.fromEntries(ledger.positions(feeds, (feedId) => feedId === 2));
    const partial = { metrics: { position: '', shape: 'v1/1' } };
    expect(positions()).toEqual({ pods: { position: '5', shape: 'v1/1' }, ...partial });
    expect(ledger.settle()).toEqual([1]);
    expect(positions()).toEqual({ pods: { position: '7', shape: 'v1/1' }, ...partial });
    expect(ledger.settle()).toEqual([]);
    ledger.take(taken);
    ledger.begin([]);
    expect([ledger.settle(), positions()]).toEqual([[], partial]);
  });
});

describe('going on from a point', () => {
  it('is possible where every feed of it is read as it was; a new one is listed beside it', () => {
    expect(resumptionOf(point({ pods: ['5', 'v1/1'], metrics: ['', 'v1/1'] }), feeds)).toEqual({
      points: [{ feedId: 1, resourceVersion: '5' }],
      problem: '',
    });
  });

  it('is not where the picture of a feed has to be told anew', () => {
    const f = (positions: Record<string, [string, string]>, problem: string): void => {
      expect(resumptionOf(point({ pods: ['5', 'v1/1'], ...positions }), feeds)).toEqual({ points: [], problem });
    };
    f({ secrets: ['5', 'v1/1'] }, 'secrets is not read any more');
    f({ jobs: ['5', 'v1/2'] }, 'jobs is read in another way now');
    f({ jobs: ['', 'v1/1'] }, 'only a part of jobs was told');
  });
});
