import { describe, expect, it } from 'vitest';
import { logEventOf } from './log-event.ts';

const line = (fields: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify({ level: 'warn', time: '2026-11-29T00:00:00.000Z', program: 'castai-agent', ...fields })}\n`;

describe('a line of log as the public API takes it', () => {
  it('has texts in its fields, and says which replica it was', () => {
    const text = line({ feed: 'pods', count: 3, error: { code: 'X', message: 'y' }, message: 'a fixed sentence' });
    expect(logEventOf(text, { pod: 'p' })).toEqual({
      level: 'warning',
      time: '2026-11-29T00:00:00.000Z',
      message: 'a fixed sentence',
      fields: { program: 'castai-agent', feed: 'pods', count: '3', code: 'X', pod: 'p' },
    });
    expect(logEventOf(line({ level: 'error', message: 'x' }), {})).toMatchObject({ level: 'error' });
  });

  it('holds nothing that a server has said: neither in its words, nor in an error, nor in a reason', () => {
    const foreign =
      'conversion webhook failed: Post "https://hook.secret-team.svc:443": 10.96.12.7, owner alice@example.com';
    const message = `degraded: some kinds cannot be read (https://10.0.0.1:443): ${foreign}; look at the webhook`;
    const fields = {
      error: { code: 'KUBE_SERVER', message: foreign },
      causes: [foreign],
      reason: foreign,
      hint: foreign,
    };
    expect(logEventOf(line({ check: 'feed-api', message, ...fields }), {})).toEqual({
      level: 'warning',
      time: '2026-11-29T00:00:00.000Z',
      message: 'degraded: some kinds cannot be read',
      fields: { program: 'castai-agent', check: 'feed-api', code: 'KUBE_SERVER' },
    });
  });

  it('is none where nobody has to act, and where it names an object', () => {
    for (const fields of [
      { level: 'info' },
      { level: 'debug' },
      { object: 'Pod shop/cart' },
      { check: 'unreadable-objects' },
    ]) {
      expect([fields, logEventOf(line({ message: 'x', ...fields }), {})]).toEqual([fields, undefined]);
    }
  });
});
