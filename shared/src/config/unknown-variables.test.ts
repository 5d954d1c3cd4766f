import { describe, expect, it } from 'vitest';
import { findUnknownVariables } from './unknown-variables.ts';

const known = {
  names: ['API_KEY', 'API_KEY_FILE', 'CLUSTER_ID', 'PORT', 'CONTROLLER_INTERVAL'],
  prefixes: ['API_', 'CASTAI_'],
};
const f = (variables: string[], expected: string[]): void =>
  expect(findUnknownVariables(variables, known)).toEqual(expected);

describe('unknown variables', () => {
  it('are those with our prefix that no option reads', () => {
    f(['API_KEY', 'CLUSTER_ID', 'PATH', 'HOME'], []);
    f(['CASTAI_TURBO'], ['CASTAI_TURBO is set, but there is no such option']);
  });

  it('are told what was probably meant', () => {
    f(['CLUSTERID'], ['CLUSTERID is set, but there is no such option: did you mean CLUSTER_ID?']);
    f(['CLUSTRE_ID'], ['CLUSTRE_ID is set, but there is no such option: did you mean CLUSTER_ID?']);
    f(['AIP_KEY'], ['AIP_KEY is set, but there is no such option: did you mean API_KEY?']);
    f(['API_KEZ'], ['API_KEZ is set, but there is no such option: did you mean API_KEY?']);
    f(
      ['CONTROLER_INTERVALL'],
      ['CONTROLER_INTERVALL is set, but there is no such option: did you mean CONTROLLER_INTERVAL?'],
    );
  });

  it('are not names that only resemble a short one', () => {
    f(['HOST', 'PORTS', 'SORT'], []);
  });

  it('are not what Kubernetes sets for a service of the namespace', () => {
    f(
      [
        'API_SERVICE_HOST',
        'API_SERVICE_PORT',
        'API_SERVICE_PORT_HTTPS',
        'API_PORT',
        'API_PORT_443_TCP',
        'API_PORT_443_TCP_ADDR',
      ],
      [],
    );
  });
});
