import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { startGuide } from './guide.ts';

class Terminal extends EventEmitter {
  readonly isTTY: boolean;
  isRaw = false;

  constructor(isTTY = true) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }

  resume(): void {}
  pause(): void {}
}

function setUp(terminal = new Terminal()) {
  const said: string[] = [];
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const stopApiServer = async (): Promise<void> => {
    done.push('k');
    await gate.promise;
  };
  const steps = [
    { key: 'k', offer: 'stop the API server', act: stopApiServer },
    { key: 'a', offer: 'kill the agent', act: async () => Promise.reject(new Error('no agent')) },
  ];
  const guide = startGuide({ input: terminal, steps, say: (line) => said.push(line), stop: () => done.push('stop') });
  return { terminal, said, done, gate, guide };
}

test('what can be tried is listed with its keys, and a key does it once until it is done', async () => {
  const { terminal, said, done, gate } = setUp();
  expect(said).toEqual([
    'Try it, and look at the page:',
    '  k  stop the API server',
    '  a  kill the agent',
    '  q  end (so does Ctrl-C)',
  ]);
  terminal.emit('data', Buffer.from('kKx'));
  expect(done).toEqual(['k']);
  gate.resolve();
  await new Promise((resolve) => void setImmediate(resolve));
  terminal.emit('data', 'k');
  expect(done).toEqual(['k', 'k']);
});

test('a step that fails says so, and the demo goes on', async () => {
  const { terminal, said } = setUp();
  terminal.emit('data', 'a');
  await new Promise((resolve) => void setImmediate(resolve));
  expect(said.at(-1)).toBe('that did not work: no agent');
});

test('Ctrl-C ends it although the terminal makes no signal of it, and the terminal is given back', () => {
  const { terminal, done, guide } = setUp();
  expect(terminal.isRaw).toBe(true);
  terminal.emit('data', '\u0003');
  expect(done).toEqual(['stop']);
  guide[Symbol.dispose]();
  expect(terminal.isRaw).toBe(false);
  expect(terminal.listenerCount('data')).toBe(0);
});

test('without a terminal there is no key to press and nothing to say', () => {
  const { said, terminal } = setUp(new Terminal(false));
  expect([said, terminal.listenerCount('data')]).toEqual([[], 0]);
});
