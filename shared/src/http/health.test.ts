import { describe, expect, it } from 'vitest';
import { HealthChecks } from './health.ts';

describe('readiness', () => {
  it('holds while every check is content', () => {
    expect(new HealthChecks({ feeds: () => undefined, session: () => undefined }).readiness()).toEqual({
      ready: true,
      reasons: [],
    });
    expect(new HealthChecks({}).readiness()).toEqual({ ready: true, reasons: [] });
  });

  it('names every check that is not, with its reason, as of now', () => {
    let reason: string | undefined = '3 feeds are not synced';
    const health = new HealthChecks({ feeds: () => reason, fine: () => undefined, session: () => 'not open' });
    expect(health.readiness()).toEqual({
      ready: false,
      reasons: ['feeds: 3 feeds are not synced', 'session: not open'],
    });
    reason = undefined;
    expect(health.readiness().reasons).toEqual(['session: not open']);
  });

  it('takes a check that throws for a reason', () => {
    const broken = (): never => {
      throw new Error('bug');
    };
    expect(new HealthChecks({ broken }).readiness()).toEqual({
      ready: false,
      reasons: ['broken: the check failed: bug'],
    });
  });
});
