import { expect, test } from 'vitest';
import { SecurityPicture } from './security-picture.ts';

const A = `sha256:${'a'.repeat(64)}`;
const B = `sha256:${'b'.repeat(64)}`;
const C = `sha256:${'c'.repeat(64)}`;

const pod = (name: string, images: Record<string, string>, more: object = {}): object => ({
  metadata: { name, namespace: 'shop' },
  spec: { nodeName: 'n', containers: Object.keys(images).map((image, at) => ({ name: `c${at}`, image })) },
  status: {
    phase: 'Running',
    containerStatuses: Object.values(images).map((imageID, at) => ({ name: `c${at}`, imageID })),
  },
  ...more,
});
const report = (artifact: object, summary: object, more: object = {}): object => ({
  report: {
    updateTimestamp: '2026-11-29T10:00:00Z',
    registry: { server: 'index.docker.io' },
    artifact,
    summary,
    vulnerabilities: { found: [{ id: 'CVE-1', severity: 'HIGH', package: 'openssl', installed: '1', fixed: '2' }] },
    ...more,
  },
});

test('images that run are told by digest, the worst first, and one without a report apart from one without findings', () => {
  const picture = new SecurityPicture();
  picture.takePod(pod('a', { 'shop/cart:1': A, 'nginx:1.29': B }));
  picture.takePod(pod('b', { 'registry.example/shop/cart:1': A, 'shop/odd:1': C, 'shop/not-pulled:1': '' }));
  // By its digest, and by its name where the scanner did not tell one.
  picture.takeVulnerabilities(report({ repository: 'shop/cart', digest: A }, { criticalCount: 0, highCount: 0 }));
  picture.takeVulnerabilities(report({ repository: 'library/nginx', tag: '1.29' }, { criticalCount: 0, highCount: 3 }));
  picture.takeVulnerabilities(report({ repository: 'shop/gone', digest: `${A}x` }, { criticalCount: 9 }));
  const worst = [{ id: 'CVE-1', severity: 'HIGH', package: 'openssl', installed: '1', fixed: '2' }];
  const none = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  const at = '2026-11-29T10:00:00Z';
  expect(picture.images).toEqual({
    total: 3,
    scanned: 2,
    rows: [
      { key: B, names: ['nginx:1.29'], pods: 1, found: { counts: { ...none, high: 3 }, worst, at } },
      { key: A, names: ['registry.example/shop/cart:1', 'shop/cart:1'], pods: 2, found: { counts: none, worst, at } },
      { key: C, names: ['shop/odd:1'], pods: 1 },
    ],
  });
});

test('of two reports of one image the newer one is told, whichever comes first', () => {
  for (const order of [
    [1, 2],
    [2, 1],
  ]) {
    const picture = new SecurityPicture();
    picture.takePod(pod('a', { 'shop/cart:1': A }));
    for (const day of order)
      picture.takeVulnerabilities(
        report({ digest: A }, { lowCount: day }, { updateTimestamp: `2026-11-0${day}T00:00:00Z` }),
      );
    expect(picture.images.rows[0]?.found?.counts.low).toBe(2);
  }
});

test('pending pods are told with what the scheduler counts, and their reasons by the number of pods', () => {
  const picture = new SecurityPicture();
  const pending = (name: string, reasons?: readonly object[]): object => ({
    metadata: { name, namespace: 'shop' },
    spec: {},
    status: {
      phase: 'Pending',
      conditions: [{ type: 'PodScheduled', status: 'False', ...(reasons && { verdict: { nodes: 5, reasons } }) }],
    },
  });
  const cpu = { reason: 'Insufficient', resource: 'cpu', count: 3 };
  picture.takePod(pending('b', [cpu, { reason: 'UntoleratedTaint', count: 2 }]));
  picture.takePod(pending('a', [cpu]));
  picture.takePod(pending('c'));
  // It has its node, and waits for an image.
  picture.takePod({ ...pending('d', [cpu]), spec: { nodeName: 'n' } });
  expect(picture.pending).toEqual({
    pods: 3,
    reasons: [
      { key: 'Insufficient cpu', pods: 2 },
      { key: 'UntoleratedTaint', pods: 1 },
    ],
    rows: [
      { key: 'shop/a', nodes: 5, reasons: [{ reason: 'Insufficient cpu', count: 3 }] },
      {
        key: 'shop/b',
        nodes: 5,
        reasons: [
          { reason: 'Insufficient cpu', count: 3 },
          { reason: 'UntoleratedTaint', count: 2 },
        ],
      },
      { key: 'shop/c', nodes: 0, reasons: [] },
    ],
  });
});

test('benchmarks are told with what failed, from a summary and from every check', () => {
  const picture = new SecurityPicture();
  const control = { id: '5.2.2', severity: 'HIGH', failures: 7 };
  const told = { found: [control], passed: 100, manual: 20 };
  const common = { summary: { passCount: 100, failCount: 1 }, updateTimestamp: '2026-11-29T10:00:00Z' };
  const of = (name: string, status: object): object => ({
    metadata: { name },
    spec: { compliance: { id: `${name}-id` } },
    status: { ...common, ...status },
  });
  picture.takeCompliance(of('k8s-nsa', { detailReport: { results: told } }));
  picture.takeCompliance(of('k8s-cis', { summaryReport: { controlCheck: told } }));
  picture.takeCompliance({ metadata: { name: 'new' } });
  const row = { passed: 100, failed: 1, manual: 20, controls: [control], at: '2026-11-29T10:00:00Z' };
  expect(picture.benchmarks).toEqual([
    { key: 'k8s-cis', benchmark: 'k8s-cis-id', ...row },
    { key: 'k8s-nsa', benchmark: 'k8s-nsa-id', ...row },
    { key: 'new', benchmark: 'new', passed: 0, failed: 0, manual: 0, controls: [], at: '' },
  ]);
});

test('whatever is no such object is taken for one that says nothing', () => {
  const picture = new SecurityPicture();
  for (const odd of [null, 7, 'x', [], {}, { status: { containerStatuses: 'x' }, spec: { containers: [null] } }]) {
    picture.takePod(odd);
    picture.takeVulnerabilities(odd);
  }
  expect(picture.images).toEqual({ rows: [], total: 0, scanned: 0 });
  expect(picture.pending).toEqual({ pods: 0, reasons: [], rows: [] });
});
