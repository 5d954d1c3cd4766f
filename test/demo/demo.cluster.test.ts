import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from '../support/child-program.ts';

test('the demo streams a real cluster, with 200 changes in it, and finds every object equal', async () => {
  const args = ['--real', '--once', '--json', '--nodes', '10', '--pods', '200'];
  await using demo = startProgram({ entry: join(import.meta.dirname, 'main.ts'), name: 'the demo', args });
  expect(await demo.waitForJson(() => true, 600_000)).toMatchObject({ equal: true });
  expect(await demo.exit).toEqual({ code: 0, signal: null });
});
