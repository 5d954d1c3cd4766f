import { expect, test } from 'vitest';
import { AgentVoice } from './agent-voice.ts';

function setUp(isVerbose = false) {
  const said: string[] = [];
  let nowMs = 0;
  const voice = new AgentVoice({ say: (line) => said.push(line), now: () => nowMs, isVerbose });
  const hear = (line: unknown): void => voice.heard({ text: typeof line === 'string' ? line : JSON.stringify(line) });
  return { said, hear, advance: (ms: number) => void (nowMs += ms) };
}

test('of the log only what a person should know is said, with its reason and its cure', () => {
  const { said, hear } = setUp();
  hear({ level: 'info', time: 1, msg: 'agent started' });
  hear({
    level: 'warn',
    time: 1,
    msg: 'a list or watch failed',
    feed: 'pods',
    error: 'connect ECONNREFUSED',
    hint: 'wait',
  });
  hear({ level: 'error', time: 1, msg: 'refused', error: { code: 'X', message: 'wrong key' } });
  hear('Error: what a program writes that breaks');
  hear('');
  expect(said).toEqual([
    'agent      warning: a list or watch failed, connect ECONNREFUSED, feed pods → wait',
    'agent      error: refused, wrong key',
    'agent      Error: what a program writes that breaks',
  ]);
});

test('what is said again and again is said once a minute', () => {
  const { said, hear, advance } = setUp();
  for (const feed of ['pods', 'nodes', 'jobs']) hear({ level: 'warn', msg: 'failed', feed });
  advance(60_000);
  hear({ level: 'warn', msg: 'failed', feed: 'pods' });
  expect(said).toEqual(['agent      warning: failed, feed pods', 'agent      warning: failed, feed pods']);
});

test('whoever wants all of it gets all of it', () => {
  const { said, hear } = setUp(true);
  hear({ level: 'info', msg: 'agent started' });
  expect(said).toEqual(['agent      {"level":"info","msg":"agent started"}']);
});
