import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readParameters, readText } from './monitoring-files.ts';

interface Values {
  readonly fullnameOverride: string;
  readonly extraArgs: Readonly<Record<string, string>>;
  readonly serviceMonitor: { readonly enabled: boolean };
  readonly rbac: { readonly additionalRules: readonly AccessRule[] };
}

interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly verbs: readonly string[];
}

const VALUES = parse(readText('examples/fallback-cluster-autoscaler.values.yaml')) as Values;
const { extraArgs, rbac } = VALUES;

describe('the values of the fallback autoscaler', () => {
  it('wait ten minutes before it acts, and let it remove nothing', () => {
    expect(extraArgs['new-pod-scale-up-delay']).toBe('600s');
    expect(extraArgs['scale-down-enabled']).toBe('false');
  });

  it('grant the lease that the flags name, which the chart does not', () => {
    expect(extraArgs['leader-elect-resource-name']).toBe('cluster-autoscaler-fallback');
    expect(rbac.additionalRules).toContainEqual({
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      resourceNames: [extraArgs['leader-elect-resource-name']],
      verbs: ['get', 'update'],
    });
  });

  it('grant the status ConfigMap that the flags name', () => {
    expect(rbac.additionalRules).toContainEqual({
      apiGroups: [''],
      resources: ['configmaps'],
      resourceNames: [extraArgs['status-config-map-name']],
      verbs: ['delete', 'get', 'update'],
    });
  });

  it('have it scraped by a job that the alerts know', () => {
    const jobs = JSON.parse(readParameters()['fallbackJobs']?.default ?? '""') as string;
    expect(VALUES.serviceMonitor.enabled).toBe(true);
    expect(VALUES.fullnameOverride).toMatch(new RegExp(`^(?:${jobs})$`, 'u'));
    expect('cluster-autoscaler').not.toMatch(new RegExp(`^(?:${jobs})$`, 'u'));
  });
});
