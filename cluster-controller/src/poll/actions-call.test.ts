import { expect, test } from 'vitest';
import { actionsCall } from './actions-call.ts';

test('what is to be made reaches the API server with the numbers that the platform wrote', () => {
  const { read = JSON.parse, parse } = actionsCall('c-1', { kubernetesVersion: '', verdict: '' });
  const object = '{"metadata":{"name":"x"},"spec":{"a":9007199254740993,"b":1e400}}';
  const create = `{"group":"g","version":"v1","resource":"things","object":${object}}`;
  const answer = read(`{"items":[{"id":"a-1","actionCreate":${create}}]}`);
  const asked = parse(new Map(Object.entries(answer as object)));
  expect(JSON.stringify(asked)).toContain(`"manifest":${object}`);
});
