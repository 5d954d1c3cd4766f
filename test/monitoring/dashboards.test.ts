import { describe, expect, it } from 'vitest';
import { filesIn, queriesOf, readDashboards } from './monitoring-files.ts';
import { selectorsOf } from './promql-query.ts';

const DASHBOARDS = Object.entries(readDashboards());
const DOCUMENTED = /^castai_autoscaler_agent_snapshots_(?:received|processed)_total$/u;

const QUIET_ZEROS = new Set(['Does it work?', 'Firing alerts']);
const isOfCluster = ({ label }: { label: string }): boolean => label === 'cluster' || label === 'castai_cluster';

describe('dashboards', () => {
  it('are these', () => {
    expect(filesIn('dashboards', '.json')).toEqual([
      'castai-aks-init-data.json',
      'castai-api-server.json',
      'castai-cluster-controller.json',
      'castai-delivery.json',
      'castai-evictor.json',
      'castai-overview.json',
      'castai-resources.json',
      'castai-spot.json',
      'castai-watch.json',
    ]);
  });

  describe.each(DASHBOARDS)('%s', (file, dashboard) => {
    const panels = dashboard.panels.filter(({ type }) => type !== 'row');
    const queries = queriesOf(dashboard);

    it('keeps its address and cannot be edited where it is provisioned', () => {
      expect(`${dashboard.uid}.json`).toBe(file);
      expect(dashboard.editable).toBe(false);
      // Classic, so that Grafana 10 reads it as well.
      expect(dashboard.schemaVersion).toBeLessThanOrEqual(41);
    });

    it('lets the user choose the data source and the cluster', () => {
      expect(dashboard.templating.list.map(({ name }) => name).slice(0, 4)).toEqual([
        'datasource',
        'cluster',
        'namespace',
        'job',
      ]);
    });

    it('explains every panel, gives it a unit, and asks the chosen data source', () => {
      for (const { title, description, fieldConfig, datasource } of panels) {
        expect({ title, description, unit: fieldConfig?.defaults.unit, datasource: datasource?.uid }).toEqual({
          title: expect.stringMatching(/^[A-Z]/u),
          description: expect.stringMatching(/\.$/u),
          unit: expect.any(String),
          datasource: `\${datasource}`,
        });
      }
    });

    it('gives panels numbers of their own and lets none cover another', () => {
      expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
      const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(dashboard.panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    });

    it('asks in PromQL, with variables that it has', () => {
      expect(queries.length).toBeGreaterThan(5);
      const known = new Set(dashboard.templating.list.map(({ name }) => name));
      for (const { expr } of queries) {
        const used = [...expr.matchAll(/\$(\w+)/gu)].map(([, name = '']) => name);
        const unknown = used.filter((name) => !name.startsWith('__') && !known.has(name));
        expect({ expr, isEmpty: selectorsOf(expr).length === 0, unknown }).toEqual({
          expr,
          isEmpty: false,
          unknown: [],
        });
      }
    });

    it('counts what kube-state-metrics tells once, however many of it there are', () => {
      const twice = queries.filter(({ expr }) =>
        selectorsOf(expr).some(({ metric, by }) => metric.startsWith('kube_') && by === undefined),
      );
      expect(twice).toEqual([]);
    });

    it('says nothing where there is nothing to be asked, instead of a green 0', () => {
      const green = panels.filter(({ type, targets = [], fieldConfig }) => {
        const isZero = targets.some(({ expr }) => expr.includes('vector(0)'));
        return type === 'stat' && isZero && JSON.stringify(fieldConfig).includes('"green"');
      });
      // No alert is an answer, and of what works "No" is.
      expect(green.map(({ title }) => title).filter((title) => !QUIET_ZEROS.has(title ?? ''))).toEqual([]);
    });

    it('marks when another version came to run', () => {
      const marks = dashboard.annotations.list.map(({ name }) => name);
      expect(marks).toContain('Versions');
    });

    it('asks about the chosen clusters only', () => {
      const all = queries.filter(({ expr }) => selectorsOf(expr).some(({ matchers }) => !matchers.some(isOfCluster)));
      expect(all).toEqual([]);
    });

    it('keeps the two sides of the documented counters apart', () => {
      const mixed = queries.filter(({ expr }) =>
        selectorsOf(expr).some(({ metric, by }) => DOCUMENTED.test(metric) && by?.join() !== 'job,castai_cluster'),
      );
      expect(mixed).toEqual([]);
    });
  });

  it('answer "does it work?" in the first row of the overview, which fits on a screen', () => {
    const overview = DASHBOARDS.find(([file]) => file === 'castai-overview.json')?.[1];
    const [row, first] = overview?.panels ?? [];
    expect([row?.title, first?.title]).toEqual(['Does it work?', 'Does it work?']);
    const tiles = overview?.panels.filter(({ gridPos }) => gridPos.y === first?.gridPos.y) ?? [];
    expect(tiles.map(({ type }) => type)).toEqual(['stat', 'stat', 'stat', 'stat', 'stat', 'stat']);
  });
});
