import { describe, expect, it } from 'vitest';
import type { RULES } from '../scrub/rules.ts';
import { rulesFor, scrubObject } from '../scrub/scrub-json.ts';
import { parseExtraKinds, repeatedKinds } from './extra-kinds.ts';
import { allFeeds, extraKindForm } from './feeds.ts';

const OPTIONS = { configMapNamespaces: [], readRbac: false, readIngress: false };
const CLONES = 'apps.kruise.io/v1alpha1/clonesets:workload';
const SPARK = 'sparkoperator.k8s.io/v1beta2/sparkapplications:metadata';

describe('an entry of EXTRA_KINDS', () => {
  it('names a group, a version, a resource and what is kept', () => {
    const form = extraKindForm();
    const f = (entry: string, isTaken: boolean): void => expect([entry, form.test(entry)]).toEqual([entry, isTaken]);
    f(CLONES, true);
    f(SPARK, true);
    f('apps/v1/controllerrevisions:metadata', true);
    f('apps.kruise.io/v1alpha1/clonesets', false);
    f('apps.kruise.io/v1alpha1/clonesets:whole', false);
    f('apps.kruise.io/clonesets:metadata', false);
    f('apps.kruise.io/v1alpha1/CloneSet:metadata', false);
    f('apps.kruise.io/v1alpha1/clonesets/status:metadata', false);
    f('apps.kruise.io/alpha/clonesets:metadata', false);
    f('', false);
  });

  it('cannot name the core group, Secrets among it, or a kind that is read anyway, in whatever version', () => {
    const form = extraKindForm();
    for (const entry of [
      'v1/secrets:metadata',
      '/v1/secrets:metadata',
      'core/secrets:metadata',
      'apps/v1/deployments:metadata',
      'apps/v1beta1/deployments:workload',
      'rbac.authorization.k8s.io/v1/roles:metadata',
      'keda.sh/v2/scaledobjects:workload',
    ]) {
      expect([entry, form.test(entry)]).toEqual([entry, false]);
    }
    // Only these: what merely begins alike is another kind.
    expect(form.test('batch/v1/jobsets:metadata')).toBe(true);
    expect(form.test('my-apps/v1/deployments:workload')).toBe(true);
  });

  it('becomes the last feeds, and names no kind twice', () => {
    const feeds = allFeeds({ ...OPTIONS, extraKinds: [CLONES, SPARK] }).slice(-2);
    expect(feeds).toMatchObject([
      { name: 'clonesets.apps.kruise.io', group: 'apps.kruise.io', versions: ['v1alpha1'], scrub: 'extraWorkload' },
      { name: 'sparkapplications.sparkoperator.k8s.io', versions: ['v1beta2'], scrub: 'metadataOnly', isExtra: true },
    ]);
    const other = 'apps.kruise.io/v1beta1/clonesets:metadata';
    expect(repeatedKinds([CLONES, SPARK, other])).toEqual([other]);
    expect(parseExtraKinds([CLONES, other])).toHaveLength(1);
  });
});

it('lets out of a workload what makes pods, and of another kind that it exists', () => {
  const object = {
    metadata: { name: 'a', labels: { app: 'x' } },
    spec: {
      replicas: 3,
      paused: false,
      selector: { matchLabels: { app: 'x' } },
      template: {
        spec: { containers: [{ name: 'c', image: 'i', args: ['secret'], env: [{ name: 'A', value: 'secret' }] }] },
      },
      driver: { image: 'secret' },
      password: 'secret',
    },
    status: { replicas: 2, message: 'secret', conditions: [{ type: 'Ready', status: 'True', message: 'secret' }] },
    data: { password: 'secret' },
  };
  const leaves = (scrub: keyof typeof RULES): unknown =>
    scrubObject(rulesFor({ scrub }, { reenable: new Set(), annotationPrefixes: [] }), object);
  expect(leaves('extraWorkload')).toEqual({
    metadata: object.metadata,
    spec: {
      replicas: 3,
      paused: false,
      selector: { matchLabels: { app: 'x' } },
      template: { spec: { containers: [{ name: 'c', image: 'i', env: [{ name: 'A' }] }] } },
    },
    status: { conditions: [{ type: 'Ready', status: 'True' }], replicas: 2 },
  });
  expect(leaves('metadataOnly')).toEqual({
    metadata: object.metadata,
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  });
});
