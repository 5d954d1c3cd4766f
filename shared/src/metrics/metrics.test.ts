import { describe, expect, it } from 'vitest';
import { MetricsRegistry } from './metrics.ts';

const create = (): MetricsRegistry =>
  new MetricsRegistry({
    program: 'castai-agent',
    version: '1.2.3',
    otherNames: ['castai_autoscaler_agent_snapshots_total'],
  });
const series = async (registry: MetricsRegistry, name: string): Promise<string[]> =>
  (await registry.expose()).text.split('\n').filter((line) => line.startsWith(name));

describe('metrics', () => {
  it('tell the version of the program', async () => {
    expect(await series(create(), 'castai_agent_build_info')).toEqual([
      `castai_agent_build_info{version="1.2.3",node_version="${process.version}"} 1`,
    ]);
  });

  it('are described with kind, help and labels, in the order in which they were made', () => {
    const registry = create();
    registry.counter({ name: 'castai_agent_batches_total', help: 'Batches.', labels: { kind: [], result: ['ok'] } });
    registry.histogram({ name: 'castai_agent_send_seconds', help: 'Time.', buckets: [1] });
    expect(registry.describe().slice(1)).toEqual([
      { name: 'castai_agent_batches_total', kind: 'counter', help: 'Batches.', labels: ['kind', 'result'] },
      { name: 'castai_agent_send_seconds', kind: 'histogram', help: 'Time.', labels: [] },
    ]);
  });

  it('exist with zero for every known combination of labels from the start', async () => {
    const registry = create();
    const sent = registry.counter({
      name: 'castai_agent_batches_total',
      help: 'Batches.',
      labels: { kind: ['delta', 'snapshot'], result: ['ok', 'failed'] },
    });
    sent.inc({ kind: 'delta', result: 'ok' });
    sent.inc({ kind: 'delta', result: 'ok' }, 2);
    // @ts-expect-error a value that was not declared
    void (() => sent.inc({ kind: 'delta', result: 'maybe' }));
    // @ts-expect-error a label is missing
    void (() => sent.inc({ kind: 'delta' }));
    expect(await series(registry, 'castai_agent_batches_total')).toEqual([
      'castai_agent_batches_total{kind="delta",result="ok"} 3',
      'castai_agent_batches_total{kind="delta",result="failed"} 0',
      'castai_agent_batches_total{kind="snapshot",result="ok"} 0',
      'castai_agent_batches_total{kind="snapshot",result="failed"} 0',
    ]);
  });

  it('without labels exist from the start too', async () => {
    const registry = create();
    registry.counter({ name: 'castai_agent_drops_total', help: 'Drops.' });
    registry.gauge({ name: 'castai_agent_leader', help: 'Whether.' }).set(1);
    const seconds = registry.histogram({ name: 'castai_agent_send_seconds', help: 'Time.', buckets: [1, 10] });
    seconds.observe(5);
    expect(await series(registry, 'castai_agent_drops_total')).toEqual(['castai_agent_drops_total 0']);
    expect(await series(registry, 'castai_agent_leader')).toEqual(['castai_agent_leader 1']);
    expect(await series(registry, 'castai_agent_send_seconds')).toEqual([
      'castai_agent_send_seconds_bucket{le="1"} 0',
      'castai_agent_send_seconds_bucket{le="10"} 1',
      'castai_agent_send_seconds_bucket{le="+Inf"} 1',
      'castai_agent_send_seconds_sum 5',
      'castai_agent_send_seconds_count 1',
    ]);
  });

  it('start histograms with zero for every known label value', async () => {
    const registry = create();
    const seconds = registry.histogram({
      name: 'castai_agent_request_seconds',
      help: 'Time.',
      buckets: [1],
      labels: { verb: ['list', 'watch'] },
    });
    seconds.observe({ verb: 'list' }, 2);
    expect(await series(registry, 'castai_agent_request_seconds_count')).toEqual([
      'castai_agent_request_seconds_count{verb="list"} 1',
      'castai_agent_request_seconds_count{verb="watch"} 0',
    ]);
  });

  it('appear one by one for a label whose values are not known, and can end', async () => {
    const registry = create();
    const bytes = registry.gauge({ name: 'castai_agent_feed_bytes', help: 'Bytes.', labels: { feed: [] } });
    expect(await series(registry, 'castai_agent_feed_bytes')).toEqual([]);
    bytes.set({ feed: 'pods' }, 7);
    bytes.set({ feed: 'nodes' }, 8);
    bytes.remove({ feed: 'pods' });
    expect(await series(registry, 'castai_agent_feed_bytes')).toEqual(['castai_agent_feed_bytes{feed="nodes"} 8']);
  });

  it('can be brought up to date just before a scrape', async () => {
    const registry = create();
    const age = registry.gauge({ name: 'castai_agent_age_seconds', help: 'Age.' });
    let scrapes = 0;
    registry.beforeScrape(async () => {
      scrapes += 1;
      await Promise.resolve();
      age.set(scrapes);
    });
    expect(await series(registry, 'castai_agent_age_seconds')).toEqual(['castai_agent_age_seconds 1']);
    expect(await series(registry, 'castai_agent_age_seconds')).toEqual(['castai_agent_age_seconds 2']);
  });

  it('are refused under a name that breaks the rules', () => {
    const registry = create();
    const f = (act: () => unknown, message: string): void => expect(act).toThrow(message);
    f(() => registry.counter({ name: 'castai_agent_drops', help: 'x' }), 'does not end in _total');
    f(() => registry.gauge({ name: 'castai_agent_things_total', help: 'x' }), 'ends like something else');
    f(() => registry.gauge({ name: 'castai_agent_fooBar', help: 'x' }), 'characters other than');
    f(() => registry.gauge({ name: 'agent_leader', help: 'x' }), 'neither begins with castai_agent_ nor is documented');
    registry.counter({ name: 'castai_autoscaler_agent_snapshots_total', help: 'x' });
  });

  it('are refused with a label set that explodes', () => {
    const many = Array.from({ length: 40 }, (_, index) => `v${index}`);
    const spec = { name: 'castai_agent_many_total', help: 'x', labels: { a: many, b: many } };
    expect(() => create().counter(spec)).toThrow('more than 1000 series');
  });

  it('name the content type of the text format', async () => {
    expect((await create().expose()).contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});
