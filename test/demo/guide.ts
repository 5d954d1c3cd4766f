/** Things to try while the demo runs, one key each. */

/** What a key does. */
export interface GuideStep {
  readonly key: string;
  /** For the list of keys. */
  readonly offer: string;
  /** Does it; its words tell what is to be seen. */
  readonly act: () => Promise<void>;
}

/** Where keys come from: a terminal in raw mode. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  on(event: 'data', heard: (keys: Buffer | string) => void): unknown;
  off(event: 'data', heard: (keys: Buffer | string) => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What the guide works with. */
export interface GuideOptions {
  readonly input: KeyInput;
  readonly steps: readonly GuideStep[];
  readonly say: (line: string) => void;
  /** Called for q and Ctrl-C, which a terminal in raw mode does not turn into a signal. */
  readonly stop: () => void;
}

const CTRL_C = '\u0003';

/** Says what can be tried, and does it key by key. Without a terminal there is nothing to press, and nothing is said. */
export function startGuide({ input, steps, say, stop }: GuideOptions): Disposable {
  if (input.isTTY !== true || steps.length === 0) return { [Symbol.dispose]: () => undefined };
  say('Try it, and look at the page:');
  for (const { key, offer } of steps) say(`  ${key}  ${offer}`);
  say('  q  end (so does Ctrl-C)');
  const busy = new Set<string>();
  const heard = (keys: Buffer | string): void => {
    for (const key of keys.toString()) {
      if (key === CTRL_C || key === 'q') stop();
      const step = steps.find((one) => one.key === key.toLowerCase());
      if (step === undefined || busy.has(step.key)) continue;
      busy.add(step.key);
      void step
        .act()
        .catch((error: unknown) => say(`that did not work: ${error instanceof Error ? error.message : String(error)}`))
        .finally(() => busy.delete(step.key));
    }
  };
  input.setRawMode?.(true);
  input.on('data', heard);
  input.resume();
  return {
    [Symbol.dispose]: () => {
      input.off('data', heard);
      input.setRawMode?.(false);
      input.pause();
    },
  };
}
