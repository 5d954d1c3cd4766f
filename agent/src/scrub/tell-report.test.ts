import { describe, expect, it } from 'vitest';
import { MOST_FINDINGS, tellControls, tellFailedChecks, tellVulnerabilities } from './tell-report.ts';

const vulnerability = (vulnerabilityID: string, severity: string, more: object = {}): object => ({
  vulnerabilityID,
  severity,
  resource: 'openssl',
  installedVersion: '1:1.1.1k-12.el8_9',
  fixedVersion: '',
  title: 'openssl: a long sentence',
  description: 'prose',
  primaryLink: 'https://avd.example/CVE',
  links: ['https://example.com'],
  target: 'registry.example/shop (debian 12.1)',
  packagePath: 'home/app/node_modules/x',
  ...more,
});

describe('vulnerabilities of a report', () => {
  it('are told by id, severity, package and versions, worst first, those that can be mended before others', () => {
    const found = [
      vulnerability('CVE-2026-0003', 'LOW'),
      vulnerability('CVE-2026-0002', 'CRITICAL', { fixedVersion: '3.0.1, 3.1.2' }),
      vulnerability('CVE-2026-0001', 'CRITICAL'),
      vulnerability('GHSA-jfh8-c2jp-5v3q', 'HIGH', { resource: 'org.apache.logging.log4j:log4j-core' }),
      vulnerability('TEMP-0841856-B18BAF', 'NEGLIGIBLE', { resource: '@babel/core' }),
    ];
    const installed = '1:1.1.1k-12.el8_9';
    expect(tellVulnerabilities(found)).toEqual({
      found: [
        { id: 'CVE-2026-0002', severity: 'CRITICAL', package: 'openssl', installed, fixed: '3.0.1, 3.1.2' },
        { id: 'CVE-2026-0001', severity: 'CRITICAL', package: 'openssl', installed },
        { id: 'GHSA-jfh8-c2jp-5v3q', severity: 'HIGH', package: 'org.apache.logging.log4j:log4j-core', installed },
        { id: 'CVE-2026-0003', severity: 'LOW', package: 'openssl', installed },
        { id: 'TEMP-0841856-B18BAF', severity: 'UNKNOWN', package: '@babel/core', installed },
      ],
    });
  });

  it('are bounded, and what is left out is counted: the worst stay, whatever order the report has', () => {
    const many = Array.from({ length: 5000 }, (_, index) => vulnerability(`CVE-2026-${10_000 + index}`, 'LOW'));
    const told = tellVulnerabilities([...many, vulnerability('CVE-2026-9', 'CRITICAL')]);
    expect(told).toMatchObject({ leftOut: 5001 - MOST_FINDINGS });
    const [first, second] = Array.isArray(told?.['found']) ? told['found'] : [];
    expect([first, second]).toMatchObject([{ id: 'CVE-2026-9' }, { id: 'CVE-2026-10000' }]);
    expect(JSON.stringify(told).length).toBeLessThan(MOST_FINDINGS * 120);
  });

  it('of one package at several places are one', () => {
    const twice = ['a', 'b'].map((packagePath) => vulnerability('CVE-2026-1', 'LOW', { packagePath }));
    expect(tellVulnerabilities(twice)).toMatchObject({ found: [{ id: 'CVE-2026-1' }] });
  });

  it('give the same bytes in whatever order they come', () => {
    const some = ['HIGH', 'LOW', 'HIGH', 'MEDIUM'].map((severity, index) => vulnerability(`CVE-1-${index}`, severity));
    expect(JSON.stringify(tellVulnerabilities(some.toReversed()))).toBe(JSON.stringify(tellVulnerabilities(some)));
  });

  it('let no sentence out, wherever a report has one, and none where there is no id', () => {
    const prose = 'ask jane about it';
    const all = { resource: prose, installedVersion: prose, fixedVersion: prose, severity: prose };
    expect(
      tellVulnerabilities([vulnerability('CVE-2026-1', 'LOW', all), vulnerability(prose, 'LOW'), 'x', null]),
    ).toEqual({
      found: [{ id: 'CVE-2026-1', severity: 'UNKNOWN' }],
    });
    for (const none of [undefined, null, 'x', 7, {}]) expect(tellVulnerabilities(none)).toBeUndefined();
  });
});

describe('checks of a configuration', () => {
  it('are told where they failed, by id and severity', () => {
    const check = (checkID: string, severity: string, success: unknown): object => ({
      checkID,
      severity,
      success,
      title: 'Process can elevate its own privileges',
      messages: ["Container 'app' of Deployment 'shop' should set …"],
    });
    const checks = [check('KSV001', 'MEDIUM', false), check('KSV014', 'HIGH', false), check('KSV003', 'LOW', true)];
    expect(tellFailedChecks([...checks, check('KSV004', 'LOW', undefined)])).toEqual({
      found: [
        { id: 'KSV014', severity: 'HIGH' },
        { id: 'KSV001', severity: 'MEDIUM' },
      ],
    });
  });
});

describe('controls of a benchmark', () => {
  const control = (id: string, more: object): object => ({ id, name: 'Ensure that …', severity: 'HIGH', ...more });

  it('are told from a summary', () => {
    const controls = [control('1.1.1', { totalFail: 0 }), control('5.2.2', { totalFail: 7 }), control('5.7.1', {})];
    expect(tellControls(controls)).toEqual({
      found: [{ id: '5.2.2', severity: 'HIGH', failures: 7 }],
      passed: 1,
      manual: 1,
    });
  });

  it('are told from every check', () => {
    const of = (...successes: boolean[]): object => ({
      checks: successes.map((success) => ({ success, messages: ['prose'] })),
    });
    const controls = [control('1.1.1', of(true)), control('5.2.2', of(false, true, false)), control('5.7.1', of())];
    expect(tellControls(controls)).toEqual({
      found: [{ id: '5.2.2', severity: 'HIGH', failures: 2 }],
      passed: 1,
      manual: 1,
    });
  });

  it('are nothing where there is no list', () => {
    for (const none of [undefined, null, 'x', {}]) expect(tellControls(none)).toBeUndefined();
    expect(tellControls([])).toEqual({ found: [], passed: 0, manual: 0 });
  });
});
