import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { foreignNodeOptions } from './foreign-node-options.ts';

function door(url: string | undefined) {
  const seen = { closed: 0 };
  return { seen, url: () => url, close: () => void (seen.closed += 1) };
}

describe('options of Node in the environment', () => {
  it('are nothing to speak of where there are none', () => {
    for (const options of [undefined, '', '  ']) {
      const shut = door('ws://127.0.0.1:9229/x');
      expect(foreignNodeOptions({ NODE_OPTIONS: options }, shut)).toBeUndefined();
      // A developer has opened it on the command line.
      expect(shut.seen.closed).toBe(0);
    }
  });

  it('are named without their values', () => {
    const text = '--require=/otel/canary.js --max-old-space-size=32 -r /otel/canary.js --require=/b.js';
    expect(foreignNodeOptions({ NODE_OPTIONS: text }, door(undefined))).toBe(
      'NODE_OPTIONS is set by somebody else, a mutating webhook perhaps: --require, --max-old-space-size, -r; exempt this pod from it, unless it is meant',
    );
  });

  it('leave no inspector open that they have opened', () => {
    for (const option of [
      '--inspect',
      '--inspect=0.0.0.0:9229',
      '--inspect-brk',
      '--inspect-wait=0',
      '--inspect-port=0',
    ]) {
      const shut = door('ws://127.0.0.1:9229/x');
      expect(foreignNodeOptions({ NODE_OPTIONS: option }, shut)).toContain('inspector was open and is shut');
      expect(shut.seen.closed).toBe(1);
    }
    for (const option of ['--inspect', '--inspect-publish-uid=http']) {
      const shut = door(undefined);
      expect(foreignNodeOptions({ NODE_OPTIONS: option }, shut)).not.toContain('inspector was');
      expect(shut.seen.closed).toBe(0);
    }
  });

  it('lose the inspector of a real process', async () => {
    const file = JSON.stringify(join(import.meta.dirname, 'foreign-node-options.ts'));
    const script = `
      import inspector from 'node:inspector';
      import { foreignNodeOptions } from ${file};
      const before = inspector.url() !== undefined;
      foreignNodeOptions(process.env);
      console.log(JSON.stringify([before, inspector.url() === undefined]));
    `;
    const env = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    expect(JSON.parse(stdout)).toEqual([true, true]);
  });
});
