import type { LogFields } from '@castai/shared/log/logger.ts';
import { expect, test } from 'vitest';
import { tellLeft } from './tell-left.ts';

test('who ends the process is told what was not delivered, and nothing where nothing waits', () => {
  const lines: [string, LogFields | undefined][] = [];
  const logger = { info: (message: string, fields?: LogFields) => void lines.push([message, fields]) };
  tellLeft({ pendingCount: 0, pendingBytes: 0 }, logger);
  tellLeft({ pendingCount: 3, pendingBytes: 1200 }, logger);
  expect(lines).toEqual([
    ['ends with changes that were not delivered: the next process reads them again', { count: 3, bytes: 1200 }],
  ]);
});
