import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isMap, type Pair, parse, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { AGENT_OPTIONS } from '@castai/agent/config.ts';
import { CONTROLLER_OPTIONS } from '@castai/cluster-controller/config.ts';
import { EVICTOR_OPTIONS } from '@castai/evictor/config.ts';
import { skippableFeeds } from '@castai/agent/feeds/feeds.ts';
import { SCRUB_SWITCHES } from '@castai/agent/scrub/rules.ts';
import { INIT_DATA_OPTIONS } from '@castai/aks-init-data/config.ts';
import { SPOT_HANDLER_OPTIONS } from '@castai/spot-handler/config.ts';
import { NOTICE_KINDS } from '@castai/spot-handler/poll/notice.ts';
import { SHIPPED_PROGRAMS } from '../../scripts/programs.ts';
import { CHART, CI_FOLDER } from '../../scripts/chart/chart-folder.ts';
import { describedKeys, type ValueSchema } from '../../scripts/chart/values-table.ts';

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as ValueSchema & {
  $schema: string;
  definitions: Readonly<Record<string, unknown>>;
};
const values = parseDocument(readFileSync(join(CHART, 'values.yaml'), 'utf8'), { uniqueKeys: true });

/** Path → the comment that starts with "--" above the key, for every key that the schema describes. */
function commentsOf(map: YAMLMap, of: ValueSchema, path = ''): Record<string, string> {
  return Object.fromEntries(
    (map.items as Pair<Scalar<string>>[]).flatMap(({ key, value }, index) => {
      const own = `${path}${key.value}`;
      const lines = (key.commentBefore ?? (index === 0 ? map.commentBefore : '') ?? '').split('\n');
      const start = lines.findLastIndex((line) => line.trim().startsWith('-- '));
      const comment =
        start === -1
          ? ''
          : lines
              .slice(start)
              .map((line) => line.trim())
              .join(' ')
              .slice(3);
      const inner = of.properties?.[key.value];
      const below = isMap(value) && inner?.properties !== undefined ? commentsOf(value, inner, `${own}.`) : {};
      return [[own, comment], ...Object.entries(below)];
    }),
  );
}

function openObjects(of: ValueSchema, path = ''): string[] {
  return Object.entries(of.properties ?? {}).flatMap(([key, inner]) => {
    const isOpen = inner.properties !== undefined && inner.additionalProperties !== false;
    return [...(isOpen ? [`${path}${key}`] : []), ...openObjects(inner, `${path}${key}.`)];
  });
}

test('every key of values.yaml is described, in the schema in the same words, and the schema has no other', () => {
  if (!isMap(values.contents)) throw new Error('values.yaml is no map');
  const comments = commentsOf(values.contents, schema);
  expect(Object.entries(comments).filter(([, comment]) => comment === '')).toEqual([]);
  const described = describedKeys(schema).map(([key, { description }]) => [key, description ?? '']);
  expect(comments).toEqual(Object.fromEntries(described));
  expect(Object.keys(comments).length).toBeGreaterThan(150);
});

test('the schema is draft-07, refers to nothing outside of itself, and is closed but for global', () => {
  expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/(?<name>\w+)"/gu)];
  const named = new Set(references.map((match) => match.groups?.['name']));
  expect(references.length).toBe(JSON.stringify(schema).split('"$ref"').length - 1);
  expect([...named].filter((name) => !(`${name}` in schema.definitions))).toEqual([]);
  expect(Object.keys(schema.definitions).filter((name) => !named.has(name))).toEqual([]);
  expect(schema.additionalProperties).toBe(false);
  expect(openObjects(schema)).toEqual(['global']);
});

test('an object is closed, or a type of Kubernetes, or of a kind that is not ours to close', () => {
  const free = describedKeys(schema).filter(([, one]) => one.type === 'object' && one.properties === undefined);
  const isOpen = (one: ValueSchema): boolean => one.additionalProperties === undefined && one.$ref === undefined;
  expect(free.filter(([, one]) => isOpen(one)).map(([key]) => key)).toEqual([
    // Their definitions are those of whichever operator is installed.
    'monitoring.podMonitor.endpoint',
    'monitoring.podMonitor.spec',
    'monitoring.serviceMonitor.endpoint',
    'monitoring.serviceMonitor.spec',
    'monitoring.podMonitoring.endpoint',
    'monitoring.platformScrape.tlsConfig',
  ]);
});

test('an editor is shown the default of every key, which is that of values.yaml', () => {
  const leaves = describedKeys(schema).filter(([, one]) => one.properties === undefined);
  const shown = leaves.map(([key, one]) => [key, one.default]);
  const plain: unknown = values.toJS();
  const at = (path: string): unknown =>
    path.split('.').reduce<unknown>((map, key) => (map as Readonly<Record<string, unknown>>)[key], plain);
  expect(shown).toEqual(leaves.map(([key]) => [key, at(key)]));
});

test('what the agent lets out by name is a closed list in the schema too', () => {
  const reenable = schema.properties?.['agent']?.properties?.['scrubReenable'];
  expect(reenable?.items?.enum).toEqual(Object.keys(SCRUB_SWITCHES));
  expect(schema.definitions['feed']).toEqual({ enum: skippableFeeds() });
});

test('the README of the chart names every shape that there is, and no other', () => {
  const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
  const named = [...readme.matchAll(/\(ci\/(?<file>[\w-]+\.yaml)\)/gu)].map((match) => match.groups?.['file']);
  expect(new Set(named)).toEqual(new Set(readdirSync(CI_FOLDER)));
});

test('there are values for every supported shape', () => {
  const shapes = readdirSync(CI_FOLDER).map((name) => name.replace('-values.yaml', ''));
  expect(shapes).toEqual(
    expect.arrayContaining([
      'minimal',
      'full',
      'eks',
      'aks',
      'gke',
      'openshift',
      'existing-secret',
      'restricted',
      'daemonsets-only',
      'proxy-ca',
      'operator-monitoring',
      'azure-monitor',
      'google-managed-prometheus',
      'phase-1',
      'phase-2',
    ]),
  );
});

test('what a value may be is what the program takes', () => {
  const bounds = (path: string): (number | undefined)[] => {
    const found = schemaAt(path);
    return [found?.minimum, found?.maximum];
  };
  const seconds = ({ minMs, maxMs }: { minMs: number; maxMs: number }): number[] => [minMs / 1000, maxMs / 1000];
  const { pageSize, pollMs } = AGENT_OPTIONS;
  expect(bounds('agent.pageSize')).toEqual([pageSize.min, pageSize.max]);
  expect(bounds('agent.pollSeconds')).toEqual(seconds(pollMs));
  expect(bounds('spotHandler.markAheadSeconds')).toEqual(seconds(SPOT_HANDLER_OPTIONS.markAheadMs));
  expect(bounds('spotHandler.pollIntervalSeconds')).toEqual(seconds(SPOT_HANDLER_OPTIONS.pollMs));
  expect(bounds('aksInitData.clusterPollSeconds')).toEqual(seconds(INIT_DATA_OPTIONS.clusterPollMs));
  expect(bounds('aksInitData.filesPollSeconds')).toEqual(seconds(INIT_DATA_OPTIONS.filesPollMs));
  const evictor = EVICTOR_OPTIONS;
  expect(bounds('evictor.pageSize')).toEqual([evictor.pageSize.min, evictor.pageSize.max]);
  expect(bounds('evictor.headroomPercent')).toEqual([evictor.headroomPercent.min, evictor.headroomPercent.max]);
  const { nodeGraceMinutes } = evictor;
  expect(bounds('evictor.nodeGracePeriodMinutes')).toEqual([nodeGraceMinutes.min, nodeGraceMinutes.max]);
  expect(bounds('evictor.nodeMaxAgeDays')).toEqual([evictor.nodeMaxAgeDays.min, evictor.nodeMaxAgeDays.max]);
  expect(bounds('evictor.imageMaxAgeDays')).toEqual([evictor.imageMaxAgeDays.min, evictor.imageMaxAgeDays.max]);
  expect(bounds('evictor.passSeconds')).toEqual(seconds(evictor.passMs));
  expect(schemaAt('evictor.reports')?.items?.enum).toEqual(evictor.reports.values);
  const { mostActions, mostDrains, actions } = CONTROLLER_OPTIONS;
  expect(bounds('clusterController.maxActionsInProgress')).toEqual([mostActions.min, mostActions.max]);
  expect(bounds('clusterController.maxDrainsInProgress')).toEqual([mostDrains.min, mostDrains.max]);
  expect(schemaAt('clusterController.actions')?.items?.enum).toEqual(actions.values);
  // One pattern in two dialects.
  const pattern = schemaAt('clusterController.objectResources')?.items?.pattern;
  const inProgram = pattern?.replaceAll('0-9', String.raw`\d`).replaceAll('(', '(?:');
  expect(inProgram).toBe(CONTROLLER_OPTIONS.resources.form.pattern.source);
  expect(schemaAt('spotHandler.eventTypes')?.items?.enum).toEqual(NOTICE_KINDS);
  expect(schemaAt('spotHandler.mode')?.enum).toEqual(SPOT_HANDLER_OPTIONS.mode.values);
  expect(schemaAt('aksInitData.format')?.enum).toEqual(INIT_DATA_OPTIONS.format.values);
});

test('a value that is not set is what the program would do without it', () => {
  const defaults: Readonly<Record<string, string>> = {
    'agent.pageSize': AGENT_OPTIONS.pageSize.default,
    'agent.pollSeconds': AGENT_OPTIONS.pollMs.default,
    'agent.sendLogs': AGENT_OPTIONS.sendLogs.default,
    'agent.logFormat': AGENT_OPTIONS.logFormat.default,
    'agent.kubernetesEvents': AGENT_OPTIONS.kubernetesEvents.default,
    'agent.pendingLimit': AGENT_OPTIONS.pendingLimitBytes.default,
    'spotHandler.dryRun': SPOT_HANDLER_OPTIONS.dryRun.default,
    'spotHandler.acknowledgeEvents': SPOT_HANDLER_OPTIONS.acknowledgeEvents.default,
    'spotHandler.markAheadSeconds': SPOT_HANDLER_OPTIONS.markAheadMs.default,
    'spotHandler.kubernetesEvents': SPOT_HANDLER_OPTIONS.kubernetesEvents.default,
    'spotHandler.pollIntervalSeconds': SPOT_HANDLER_OPTIONS.pollMs.default,
    'aksInitData.format': INIT_DATA_OPTIONS.format.default,
    'aksInitData.withoutCustomData': INIT_DATA_OPTIONS.isCustomDataOptional.default,
    'aksInitData.refreshPeriod': INIT_DATA_OPTIONS.periodMs.default,
    'aksInitData.sendOnLivePatch': INIT_DATA_OPTIONS.sendOnLivePatch.default,
    'aksInitData.clusterPollSeconds': INIT_DATA_OPTIONS.clusterPollMs.default,
    'aksInitData.filesPollSeconds': INIT_DATA_OPTIONS.filesPollMs.default,
    'evictor.reports': EVICTOR_OPTIONS.reports.default,
    'evictor.aggressiveMode': EVICTOR_OPTIONS.aggressiveMode.default,
    'evictor.scopedMode': EVICTOR_OPTIONS.scopedMode.default,
    'evictor.nodeGracePeriodMinutes': EVICTOR_OPTIONS.nodeGraceMinutes.default,
    'evictor.nodeEvents': EVICTOR_OPTIONS.nodeEvents.default,
    'evictor.headroomPercent': EVICTOR_OPTIONS.headroomPercent.default,
    'evictor.cycleInterval': EVICTOR_OPTIONS.cycleIntervalMs.default,
    'evictor.passSeconds': EVICTOR_OPTIONS.passMs.default,
    'evictor.nodeMaxAgeDays': EVICTOR_OPTIONS.nodeMaxAgeDays.default,
    'evictor.imageMaxAgeDays': EVICTOR_OPTIONS.imageMaxAgeDays.default,
    'evictor.poolGrace': EVICTOR_OPTIONS.poolGraceMs.default,
    'evictor.pageSize': EVICTOR_OPTIONS.pageSize.default,
    'evictor.port': EVICTOR_OPTIONS.adminPort.default,
    'clusterController.actions': CONTROLLER_OPTIONS.actions.default,
    'clusterController.objectResources': CONTROLLER_OPTIONS.resources.default,
    'clusterController.maxActionsInProgress': CONTROLLER_OPTIONS.mostActions.default,
    'clusterController.sendLogs': CONTROLLER_OPTIONS.sendLogs.default,
    'clusterController.maxDrainsInProgress': CONTROLLER_OPTIONS.mostDrains.default,
    'clusterController.forceRemovalDisabled': CONTROLLER_OPTIONS.forceMarked.default,
    'clusterController.dryRun': CONTROLLER_OPTIONS.dryRun.default,
    'clusterController.port': CONTROLLER_OPTIONS.adminPort.default,
  };
  const plain = values.toJS() as Record<string, Record<string, unknown>>;
  const inChart = Object.keys(defaults).map((path) => {
    const [component = '', key = ''] = path.split('.');
    return [path, String(plain[component]?.[key])];
  });
  expect(Object.fromEntries(inChart)).toEqual(defaults);
});

test('Artifact Hub is told the images that the chart installs', () => {
  const { appVersion, annotations } = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as {
    appVersion: string;
    annotations: Record<string, string>;
  };
  const images = parse(annotations['artifacthub.io/images'] ?? '') as { name: string; image: string }[];
  const installed = SHIPPED_PROGRAMS.map(({ component }) => String(values.getIn([component, 'image', 'repository'])));
  expect(images.map(({ image }) => image)).toEqual(installed.map((repository) => `${repository}:${appVersion}`));
});

function schemaAt(path: string): ValueSchema | undefined {
  return path.split('.').reduce<ValueSchema | undefined>((at, key) => at?.properties?.[key], schema);
}
