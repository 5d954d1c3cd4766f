/**
 * Writes down which fields the kinds have that the agent reads, for the tests that hold the scrub policy against them:
 * `npm run complete-objects`. From Kubernetes' own complete examples, of the version that the tests run, and from the
 * CustomResourceDefinitions of those operators that are Go modules. It needs Go, and takes each module once.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { goModule } from '../tools/go-module.ts';
import { kubernetesVersion } from '../tools/kubernetes-version.ts';
import { type FieldTree, treeOfExample, treeOfSchema, type JsonSchema } from './field-tree.ts';
import { KINDS } from './kinds.ts';
import { shareParts } from './share-parts.ts';
import { readCall } from '../read-call.ts';

readCall(
  `npm run complete-objects

Writes anew which fields the kinds have that the agent reads, from Kubernetes and the operators that the tests know.`,
  { options: {} },
);

const TARGET = join(import.meta.dirname, '../../test/samples/complete-objects/complete-objects.json');

/** Modules of operators, and where their definitions lie. */
const OPERATORS = [
  { module: 'sigs.k8s.io/karpenter@v1.14.0', folder: 'pkg/apis/crds' },
  { module: 'github.com/aws/karpenter-provider-aws@v1.14.0', folder: 'pkg/apis/crds' },
  { module: 'github.com/kedacore/keda/v2@v2.21.0', folder: 'config/crd/bases' },
  { module: 'github.com/argoproj/argo-rollouts@v1.10.0', folder: 'manifests/crds' },
  { module: 'sigs.k8s.io/gateway-api@v1.6.0', folder: 'config/crd/experimental' },
  { module: 'k8s.io/autoscaler/vertical-pod-autoscaler@v1.8.1', folder: 'deploy' },
  { module: 'github.com/aquasecurity/trivy-operator@v0.29.0', folder: 'deploy/helm/crds' },
  { module: 'sigs.k8s.io/kueue@v0.17.0', folder: 'config/components/crd/bases' },
] as const;

interface Definition {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: JsonSchema } }[];
  };
}

const kubernetes = kubernetesVersion();
const examples = join(await goModule(`k8s.io/api@${kubernetes}`), 'testdata/HEAD');
const schemas = new Map<string, JsonSchema>();
for (const { module, folder } of OPERATORS) readDefinitions(join(await goModule(module), folder));

const { metadata } = JSON.parse(readFileSync(join(examples, 'core.v1.Namespace.json'), 'utf8')) as { metadata: object };
const METADATA = treeOfExample(metadata);

const trees: Record<string, FieldTree> = {};
for (const name of KINDS) {
  const [groupVersion = '', kind = ''] = name.split(' ');
  const slash = groupVersion.indexOf('/');
  const group = slash === -1 ? '' : groupVersion.slice(0, slash);
  const version = groupVersion.slice(slash + 1);
  const tree = builtIn(group, version, kind) ?? custom(group, version, kind);
  if (tree === undefined) throw new Error(`no module has the fields of ${name}`);
  trees[name] = tree;
}
writeFileSync(TARGET, `${JSON.stringify({ kubernetes, ...shareParts(trees) }, null, 1)}\n`);
console.log(`${Object.keys(trees).length} kinds of Kubernetes ${kubernetes} and of operators`);

function readDefinitions(folder: string): void {
  for (const file of readdirSync(folder).filter((name) => /\.ya?ml$/u.test(name))) {
    for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
      const definition = document.toJS() as Definition | null;
      if (definition?.kind !== 'CustomResourceDefinition') continue;
      const { group, names, versions } = definition.spec;
      for (const { name, schema } of versions) schemas.set(`${group}/${name} ${names.kind}`, schema.openAPIV3Schema);
    }
  }
}

function builtIn(group: string, version: string, kind: string): FieldTree | undefined {
  const name = `${group === '' ? 'core' : group}.${version}.${kind}.json`;
  if (!readdirSync(examples).includes(name)) return undefined;
  return treeOfExample(JSON.parse(readFileSync(join(examples, name), 'utf8')));
}

function custom(group: string, version: string, kind: string): FieldTree | undefined {
  const schema = schemas.get(`${group}/${version} ${kind}`);
  if (schema === undefined) return undefined;
  const fields = Object.entries(schema.properties ?? {}).map(([name, of]) => [name, treeOfSchema(of, name)]);
  // A definition says of metadata only that it is an object.
  return { ...Object.fromEntries(fields), metadata: METADATA };
}
