import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { PROGRAMS } from '../../scripts/programs.ts';

const VALUES = join(import.meta.dirname, '../../charts/castai/values.yaml');

interface Component {
  readonly resources: { readonly limits: { readonly memory: string } };
  readonly image: { readonly repository: string };
  readonly podSecurityContext: { readonly runAsUser: number; readonly runAsGroup: number };
}

test.each(PROGRAMS)(
  'the chart gives $name the memory that its heap is a share of, its user and its name',
  (program) => {
    const values = parse(readFileSync(VALUES, 'utf8')) as Record<string, Component>;
    const { resources, image, podSecurityContext } = values[program.component] ?? {};
    expect(resources?.limits.memory).toBe(`${program.limitMiB}Mi`);
    expect(image?.repository).toBe(`castai/${program.name}`);
    expect(podSecurityContext).toMatchObject({ runAsUser: program.uid, runAsGroup: program.uid });
  },
);

test('no signal opens the inspector of a program, from its first moment on', () => {
  for (const { name, nodeFlags, imageNodeFlags } of PROGRAMS) {
    expect([name, nodeFlags[0], imageNodeFlags[0]]).toEqual([name, '--disable-sigusr1', '--disable-sigusr1']);
  }
});

test('the share of the limit comes to the size that measurements use', () => {
  const shares = PROGRAMS.map(({ name, nodeFlags, imageNodeFlags, limitMiB }) => {
    const percent = Number(imageNodeFlags.join(' ').split('percentage=')[1]);
    expect(nodeFlags).toContain(`--max-old-space-size=${(limitMiB * percent) / 100}`);
    return `${name} ${percent} %`;
  });
  expect(shares).toEqual([
    'agent 25 %',
    'spot-handler 25 %',
    'aks-init-data 25 %',
    'evictor 50 %',
    'cluster-controller 25 %',
    'platform 25 %',
  ]);
});
