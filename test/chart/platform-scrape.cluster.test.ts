import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHelm, type Helm } from '../stages/chart/helm.ts';
import { findObject } from '../stages/chart/rendered-objects.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await createHelm(4);
});
afterAll(() => helm?.[Symbol.dispose]());

async function scrape(values: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
  const all = { 'apiKeySecret.name': 'k', 'monitoring.platformScrape.enabled': true, ...values };
  const args = Object.entries(all).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  return findObject(await helm.template(...args), 'ScrapeConfig', 'castai-platform').spec ?? {};
}

const PLAIN = {
  jobName: 'castai-platform',
  scheme: 'HTTPS',
  metricsPath: '/v1/metrics/prom',
  scrapeInterval: '60s',
  staticConfigs: [{ targets: ['api.cast.ai'] }],
  authorization: { type: 'Token', credentials: { name: 'k', key: 'API_KEY' } },
};

test('Prometheus asks the platform at the address, below its path, and with nothing that was not said', async () => {
  expect(await scrape()).toEqual(PLAIN);
  expect(await scrape({ apiUrl: 'http://[fd00::5]:8080/eu/' })).toEqual({
    ...PLAIN,
    scheme: 'HTTP',
    metricsPath: '/eu/v1/metrics/prom',
    staticConfigs: [{ targets: ['[fd00::5]:8080'] }],
  });
});

test.each<[how: string, values: object, ca: object]>([
  [
    'its text',
    { 'trustedCa.pem': '-----BEGIN CERTIFICATE-----' },
    { configMap: { name: 'castai-trusted-ca', key: 'ca.crt' } },
  ],
  ['a ConfigMap', { 'trustedCa.configMap': { name: 'm', key: 'a' } }, { configMap: { name: 'm', key: 'a' } }],
  ['a Secret', { 'trustedCa.secret': { name: 's', key: 'b' } }, { secret: { name: 's', key: 'b' } }],
])('behind a proxy that inspects TLS, Prometheus trusts whom the programs trust: by %s', async (_how, values, ca) => {
  expect(await scrape({ ...values })).toEqual({ ...PLAIN, tlsConfig: { ca } });
  const own = { 'monitoring.platformScrape.tlsConfig': { serverName: 'a.example', ca: { secret: { name: 'own' } } } };
  expect((await scrape({ ...values, ...own }))['tlsConfig']).toMatchObject({ serverName: 'a.example' });
});

test.each<[proxy: object, apiUrl: string, url: string | undefined]>([
  [{ https: 'http://p.example:3128' }, 'https://a.example', 'http://p.example:3128'],
  [{ https: 'p.example:3128' }, 'https://a.example', 'http://p.example:3128'],
  [{ https: '10.0.0.5:3128', http: 'http://other' }, 'https://a.example', 'http://10.0.0.5:3128'],
  [{ https: 'http://p.example', http: 'q.example' }, 'http://a.example', 'http://q.example'],
  [{ http: 'http://p.example' }, 'https://a.example', undefined],
])('it takes the way that the programs take: %j for %s', async (proxy, apiUrl, url) => {
  const { proxyUrl, noProxy } = await scrape({ apiUrl, proxy: { ...proxy, exempt: '10.0.0.0/8' } });
  expect({ proxyUrl, noProxy }).toEqual({ proxyUrl: url, noProxy: url === undefined ? undefined : '10.0.0.0/8' });
});

test('with several clusters in one Prometheus, each asks for its own', async () => {
  const keep = [{ sourceLabels: ['castai_cluster'], regex: 'c1', action: 'keep' }];
  const more = {
    params: { clusterNames: ['shop'] },
    metricRelabelings: keep,
    relabelings: [{ targetLabel: 'cluster' }],
  };
  const values = Object.entries(more).map(([key, value]) => [`monitoring.platformScrape.${key}`, value]);
  expect(await scrape(Object.fromEntries(values))).toEqual({ ...PLAIN, ...more });
});
