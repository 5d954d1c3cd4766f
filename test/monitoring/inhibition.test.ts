import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readRules, readText } from './monitoring-files.ts';

test('what keeps alerts back names alerts that there are, and keeps back only within a cluster and namespace', () => {
  const alerts = readRules().flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const { inhibit_rules: rules } = parse(readText('inhibition.yaml')) as {
    inhibit_rules: { source_matchers: string[]; target_matchers: string[]; equal: string[] }[];
  };
  expect(rules.length).toBeGreaterThan(4);
  for (const { source_matchers: source, target_matchers: target, equal } of rules) {
    expect(equal).toEqual(['cluster', 'namespace']);
    for (const matcher of [...source, ...target]) {
      const { names = '' } = /^alertname=~?"(?<names>[^"]+)"$/u.exec(matcher)?.groups ?? {};
      const unknown = names
        .split('|')
        .filter((name) => !alerts.some((alert) => new RegExp(`^(?:${name})$`, 'u').test(alert)));
      expect([matcher, unknown]).toEqual([matcher, []]);
    }
  }
});
