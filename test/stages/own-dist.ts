import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { withFileLock } from '../../scripts/tools/file-lock.ts';

const DIST = join(import.meta.dirname, '../../dist');

/**
 * For a test file that makes bundles or images, before all else: while it runs no other such file does, in this process or another,
 * because all of them write into `dist/`, and the second bundler would take the first one's program away under its test.
 */
export function ownDist(): void {
  const ended = Promise.withResolvers<void>();
  let held: Promise<void> | undefined;
  beforeAll(async () => {
    mkdirSync(DIST, { recursive: true });
    const begun = Promise.withResolvers<void>();
    held = withFileLock({ file: join(DIST, 'tests.lock'), onWait: () => {} }, async () => {
      begun.resolve();
      await ended.promise;
    });
    await Promise.race([begun.promise, held]);
  });
  afterAll(async () => {
    ended.resolve();
    await held;
  });
}
