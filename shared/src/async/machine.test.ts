import { describe, expect, it } from 'vitest';
import { Machine, type MachineOptions } from './machine.ts';

type Input = { readonly add: number };
type Command = string;

/** Adds up, and commands to say so twice. */
const adder: Pick<MachineOptions<number, Input, Command>, 'initial' | 'step'> = {
  initial: 0,
  step: (sum, { add }) => ({ state: sum + add, commands: [`first of ${add}`, `second of ${add}`] }),
};
const noBug = (error: unknown): void => {
  throw error;
};

describe('a machine', () => {
  it('steps, then has the commands performed in their order, seeing the new state', () => {
    const done: [Command, number][] = [];
    const machine: Machine<number, Input, Command> = new Machine({
      ...adder,
      perform: (command) => void done.push([command, machine.state]),
      onBug: noBug,
    });
    machine.dispatch({ add: 2 });
    machine.dispatch({ add: 3 });
    expect(done).toEqual([
      ['first of 2', 2],
      ['second of 2', 2],
      ['first of 3', 5],
      ['second of 3', 5],
    ]);
    expect(machine.state).toBe(5);
  });

  it('takes what arises on the way when the commands before it are done, in the order in which it arose', () => {
    const done: [Command, number][] = [];
    const machine: Machine<number, Input, Command> = new Machine({
      ...adder,
      perform: (command) => {
        done.push([command, machine.state]);
        expect(machine.isStepping).toBe(true);
        if (command !== 'first of 1') return;
        machine.dispatch({ add: 10 });
        machine.dispatch({ add: 100 });
      },
      onBug: noBug,
    });
    machine.dispatch({ add: 1 });
    expect(machine.isStepping).toBe(false);
    expect(done).toEqual([
      ['first of 1', 1],
      ['second of 1', 1],
      ['first of 10', 11],
      ['second of 10', 11],
      ['first of 100', 111],
      ['second of 100', 111],
    ]);
  });

  it('tells of a bug in a decision, which changes nothing, and goes on with the next input', () => {
    const bugs: unknown[] = [];
    const bug = new Error('a bug');
    const machine = new Machine<number, Input, Command>({
      initial: 0,
      step: (sum, { add }) => {
        if (add < 0) throw bug;
        return { state: sum + add, commands: [] };
      },
      perform: () => undefined,
      onBug: (error) => void bugs.push(error),
    });
    machine.dispatch({ add: -1 });
    machine.dispatch({ add: 2 });
    expect([bugs, machine.state, machine.isStepping]).toEqual([[bug], 2, false]);
  });

  it('tells of a bug in an action, leaves out the commands after it, and goes on with what waits', () => {
    const told: unknown[] = [];
    const bug = new Error('a bug');
    const machine: Machine<number, Input, Command> = new Machine({
      ...adder,
      perform: (command) => {
        told.push(command);
        if (command !== 'first of 1') return;
        machine.dispatch({ add: 10 });
        throw bug;
      },
      onBug: (error) => void told.push(error),
    });
    machine.dispatch({ add: 1 });
    expect(told).toEqual(['first of 1', bug, 'first of 10', 'second of 10']);
    expect(machine.state).toBe(11);
  });

  it('tells when nothing waits any more, once for all that arose on the way, and after a bug', () => {
    const settled: number[] = [];
    const machine: Machine<number, Input, Command> = new Machine({
      ...adder,
      perform: (command) => {
        if (command === 'second of 1') machine.dispatch({ add: 10 });
        if (command === 'first of 5') throw new Error('a bug');
      },
      onBug: () => undefined,
      onSettled: () => {
        settled.push(machine.state);
        // As somebody does who looks at what waits, and finds something to do.
        if (machine.state === 16) machine.dispatch({ add: 100 });
      },
    });
    machine.dispatch({ add: 1 });
    machine.dispatch({ add: 5 });
    expect(settled).toEqual([11, 16, 116]);
  });
});
