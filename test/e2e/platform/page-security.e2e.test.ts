/** What is known of a cluster's security and of pods without a node, on the page in a real browser. */
import { expect, test } from 'vitest';
import { systemClock } from '@castai/shared/async/clock.ts';
import type { Entry, FeedDescription } from '@castai/shared/wire/ingest/ingest-messages.ts';
import { begin, end, upsert } from '../../platform-rig/hand-agent.ts';
import { usePlatform } from '../../platform-rig/use-platform.ts';
import { usePageInBrowser } from '../../stages/platform/page-in-browser.ts';

const platform = usePlatform({ clock: systemClock });
const { show, shows, text } = usePageInBrowser(platform);

const feed = (id: number, group: string, resource: string, kind: string): FeedDescription => ({
  id,
  group,
  version: group === '' ? 'v1' : 'v1alpha1',
  resource,
  kind,
  namespace: '',
  fieldSelector: '',
  scrubVersion: 1,
});
const REPORTS = 'aquasecurity.github.io';
const FEEDS = [
  feed(1, '', 'pods', 'Pod'),
  feed(2, REPORTS, 'vulnerabilityreports', 'VulnerabilityReport'),
  feed(3, REPORTS, 'clustercompliancereports', 'ClusterComplianceReport'),
];
const DIGEST = `sha256:${'4f'.repeat(32)}`;

const running = (name: string, findings: readonly string[]): Entry =>
  upsert(name, {
    namespace: 'shop',
    findings,
    json: {
      metadata: { name, namespace: 'shop' },
      spec: { nodeName: 'n', containers: [{ name: 'app', image: 'registry.example/shop/cart:1' }] },
      status: { phase: 'Running', containerStatuses: [{ name: 'app', imageID: DIGEST }] },
    },
  });
const pending = upsert('waits', {
  namespace: 'shop',
  json: {
    metadata: { name: 'waits', namespace: 'shop' },
    spec: {},
    status: {
      phase: 'Pending',
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          verdict: { nodes: 5, reasons: [{ reason: 'Insufficient', resource: 'cpu', count: 5 }] },
        },
      ],
    },
  },
});
const vulnerabilities = upsert('report', {
  feedId: 2,
  namespace: 'shop',
  json: {
    metadata: { name: 'report', namespace: 'shop' },
    report: {
      artifact: { repository: 'shop/cart', tag: '1', digest: DIGEST },
      summary: { criticalCount: 2, highCount: 11, mediumCount: 0, lowCount: 4, unknownCount: 0 },
      updateTimestamp: '2026-11-29T10:00:00Z',
      vulnerabilities: {
        found: [
          { id: 'CVE-2026-0002', severity: 'CRITICAL', package: 'openssl', installed: '3.0.1', fixed: '3.0.2' },
          { id: 'CVE-2026-0001', severity: 'CRITICAL', package: 'zlib', installed: '1.2' },
        ],
      },
    },
  },
});
const compliance = upsert('k8s-cis', {
  feedId: 3,
  namespace: '',
  json: {
    metadata: { name: 'k8s-cis' },
    spec: { compliance: { id: 'k8s-cis-1.23' } },
    status: {
      summary: { passCount: 110, failCount: 1 },
      summaryReport: {
        controlCheck: { found: [{ id: '5.2.2', severity: 'HIGH', failures: 7 }], passed: 110, manual: 9 },
      },
    },
  },
});

test('pods without a node, findings, images and benchmarks are shown as they were told, and lead on', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen({ feeds: FEEDS });
  const pods = [running('a', ['host-pid', 'latest-tag']), running('b', ['latest-tag']), running('c', []), pending];
  await agent.mustSend(1, 1, [begin(), ...pods, end(pods.length), vulnerabilities, compliance]);
  const page = await show(`/?cluster=${agent.cluster}`);
  await page.getByRole('link', { name: 'Security and placement' }).click();

  await shows('#pending-title .muted', '1 pod');
  expect(await text('#pending tbody')).toBe('shop/waitsof 5 nodes: 5 Insufficient cpu');
  await shows('#findings-title .muted', '2 of 3 judged objects break a rule');
  const rules = await page.locator('#findings tbody tr').allTextContents();
  expect(rules).toEqual(['latest-tag2shop 2', 'host-pid1shop 1']);
  await shows('#images-title .muted', '1 image, 1 with a report');
  expect(await text('#images tbody')).toContain('registry.example/shop/cart:1');
  expect(await text('#images tbody')).toContain('2 critical11 high4 low');
  expect(await text('#images .worst')).toBe(
    'CVE-2026-0002 openssl 3.0.1 → 3.0.2CVE-2026-0001 zlib 1.2, not mended yet',
  );
  expect(await text('#benchmarks tbody')).toBe('k8s-cis-1.23110195.2.2: 7');

  await page.getByText('shop 2').click();
  await shows('#findings details[open] ul', 'Pod aPod b');
  await page.getByRole('link', { name: 'shop/waits' }).click();
  await shows('#view h2', 'shop/waits');
});

test('what is not known is not shown as if all were well', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen({ feeds: FEEDS });
  await agent.mustSend(1, 1, [begin(), upsert('a'), end(1)]);
  await show(`/?view=security&cluster=${agent.cluster}`);
  await shows('#pending p', 'Every pod has its node.');
  expect(await text('#findings p')).toContain('No object was judged');
  expect(await text('#images p')).toBe('No container has told which image it runs.');
  expect(await text('#benchmarks p')).toContain('install trivy-operator');
});

test('is readable on a phone, in the dark, without a line that leaves the screen', async () => {
  const agent = await platform.newAgent();
  await agent.mustOpen({ feeds: FEEDS });
  const pods = [running('a', ['host-pid', 'capabilities-beyond-baseline']), pending];
  await agent.mustSend(1, 1, [begin(), ...pods, end(pods.length), vulnerabilities, compliance]);
  const page = await show(`/?view=security&cluster=${agent.cluster}`, { width: 390, colorScheme: 'dark' });
  await shows('#images-title .muted', '1 image, 1 with a report');
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
});
