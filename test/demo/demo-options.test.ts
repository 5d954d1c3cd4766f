import { describe, expect, test } from 'vitest';
import { HELP, parseDemoOptions, refuseTakenByNpm } from './demo-options.ts';

const DEFAULTS = {
  source: { kind: 'fake' },
  once: false,
  json: false,
  wire: 'ingest',
  bundle: false,
  spot: false,
  aks: false,
  open: false,
  verbose: false,
  nodes: 50,
  pods: 1000,
  churn: 5,
  changes: 200,
  seed: 1,
  port: 0,
};

describe('the command line of the demo', () => {
  test('gives a fake cluster unless told otherwise', () => {
    expect(parseDemoOptions([])).toEqual(DEFAULTS);
    expect(parseDemoOptions(['--real', '--once', '--json', '--pods', '20', '--changes', '0'])).toEqual({
      ...DEFAULTS,
      source: { kind: 'real' },
      once: true,
      json: true,
      pods: 20,
      changes: 0,
    });
    expect(parseDemoOptions(['--help', '--real'])).toBeUndefined();
  });

  test('changes nothing in a cluster that is not ours unless told', () => {
    expect(parseDemoOptions(['--kubeconfig', 'f', '--once'])).toMatchObject({
      source: { kind: 'kubeconfig', file: 'f' },
      churn: 0,
      changes: 0,
    });
    expect(parseDemoOptions(['--kubeconfig', 'f', '--once', '--changes', '9'])).toMatchObject({ changes: 9 });
  });

  test('refuses what makes no sense and names it', () => {
    const f = (args: string[], expected: string): void => {
      expect(() => parseDemoOptions(args)).toThrow(expected);
    };
    f(['--pods', 'many'], '--pods is "many": give a whole number from 0 to 1000000');
    f(['--port', '70000'], '--port is "70000"');
    f(['--wire', 'both'], '--wire is "both": give ingest or agent-deltas');
    f(['--what'], "Unknown option '--what'");
    f(['--chrun', '3'], "Unknown option '--chrun': did you mean --churn?");
    f(['x'], "Unexpected argument 'x'");
    f(['--json'], '--json needs --once');
    f(['--nodes', '0'], '--nodes is 0: give 1 or more');
    f(['--once', '--open'], 'give one');
    f(['--changes', '5'], '--changes needs --once');
    f(['--real', '--kubeconfig', 'f'], 'give one');
    f(['--kubeconfig', 'f', '--churn', '5'], 'not ours');
    f(['--kubeconfig', ''], '--kubeconfig is empty');
  });

  test('what npm took for itself, because the -- was forgotten, is said rather than left out', () => {
    const f = (environment: Record<string, string>, expected: string): void => {
      expect(() => refuseTakenByNpm({ npm_config_registry: 'r', ...environment })).toThrow(
        `npm took ${expected} for itself: write npm run demo -- ${expected}`,
      );
    };
    f({ npm_config_nodes: '5', npm_config_once: 'true', npm_config_json: 'true' }, '--once --json --nodes 5');
    f({ npm_config_wire: 'agent-deltas' }, '--wire agent-deltas');
    for (const name of ['real', 'bundle', 'spot', 'aks', 'open']) f({ [`npm_config_${name}`]: 'true' }, `--${name}`);
    for (const name of ['kubeconfig', 'pods', 'churn', 'changes', 'seed', 'port']) {
      f({ [`npm_config_${name}`]: '7' }, `--${name} 7`);
    }
    // npm's own may stand in a file of the user.
    expect(refuseTakenByNpm({ npm_config_json: 'true', npm_config_once: '' })).toBeUndefined();
  });

  test('every option is in the help text', () => {
    for (const option of [
      'once',
      'json',
      'nodes',
      'pods',
      'churn',
      'changes',
      'seed',
      'port',
      'bundle',
      'real',
      'wire',
      'open',
      'verbose',
    ]) {
      expect(HELP).toContain(`--${option} `);
    }
  });
});
