import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { filledSchema, SCHEMA_FILE } from './fill-schema.ts';

test('the schema has the defaults of values.yaml and what the agent knows (else: npm run generate)', async () => {
  expect(readFileSync(SCHEMA_FILE, 'utf8')).toBe(await filledSchema());
});

test('identity is the list of variables that the agent has, with what it says of each', async () => {
  const { definitions } = JSON.parse(await filledSchema()) as {
    definitions: { feed: { enum: string[] }; identity: { properties: Record<string, { description: string }> } };
  };
  const names = Object.keys(definitions.identity.properties);
  expect(names).toContain('SELFHOSTEDEC2_CLUSTER_NAME');
  expect(names).not.toContain('API_URL');
  expect(definitions.feed.enum).toEqual(
    expect.arrayContaining(['services', 'events/oom', 'capacitybuffers.autoscaling.x-k8s.io']),
  );
  expect(definitions.identity.properties['EKS_REGION']?.description).toBe(
    'EKS: region, otherwise told from the nodes.',
  );
});
