/** Kubernetes' own complete examples of its kinds, each as JSON and as protobuf, of this version and of older ones. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openEnvelope } from '@castai/shared/kube/protobuf/envelope.ts';
import { objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { goModule } from '../../scripts/tools/go-module.ts';
import { encodeMessage } from '../fakes/kube-apiserver/encode-message.ts';
import { kubernetesVersion } from '../../scripts/tools/kubernetes-version.ts';

const folder = join(await goModule(`k8s.io/api@${kubernetesVersion()}`), 'testdata');

describe.each(readdirSync(folder).filter((name) => name === 'HEAD' || name.startsWith('v')))('of %s', (version) => {
  test('each kind that has a table gives the same in both forms, and no field is unknown', () => {
    const unknown = new Set<string>();
    const kinds: string[] = [];
    for (const file of readdirSync(join(folder, version)).filter((name) => /^[\w.]+\.pb$/u.test(name))) {
      const { apiVersion, kind, raw } = openEnvelope(readFileSync(join(folder, version, file)));
      const [group = '', of] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
      const reader = objectReader({
        group,
        version: of ?? '',
        kind,
        onUnknownField: (message, number) => unknown.add(`${message} ${String(number)}`),
      });
      if (reader === undefined) continue;
      kinds.push(`${apiVersion} ${kind}`);
      const json: unknown = JSON.parse(readFileSync(join(folder, version, file.replace(/\.pb$/u, '.json')), 'utf8'));
      const object = withoutManagers(json) as Record<string, unknown>;
      expect([file, { apiVersion, kind, ...reader.read(raw) }]).toEqual([file, object]);
      // The fake writes by the same tables what the real server writes by its own.
      expect([file, reader.read(encodeMessage(reader.message, object))]).toEqual([file, reader.read(raw)]);
    }
    expect(kinds.length).toBeGreaterThan(40);
    expect(kinds).toEqual(
      expect.arrayContaining(['v1 Pod', 'v1 Node', 'apps/v1 Deployment', 'resource.k8s.io/v1beta1 ResourceSlice']),
    );
    expect([...unknown]).toEqual([]);
  });
});

/** What both sides leave out. */
function withoutManagers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagers);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== 'managedFields');
  return Object.fromEntries(entries.map(([key, child]) => [key, withoutManagers(child)]));
}
