import type { GoField, GoTypes } from './go-structs.ts';

/** Types of Go that write themselves to JSON and to the wire in a way of their own. */
const OWN_FORMS: Readonly<Record<string, string>> = {
  'meta.v1.Time': 'Time',
  'meta.v1.MicroTime': 'MicroTime',
  'resource.Quantity': 'Quantity',
  'intstr.IntOrString': 'IntOrString',
  'runtime.RawExtension': 'RawExtension',
};
const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  'types.UID': 'string',
  'types.NodeName': 'string',
  bool: 'bool',
  int32: 'int',
  int64: 'int',
  int: 'int',
  '[]byte': 'bytes',
};
/** What a package declares, by its short name: `core.v1`. Throws an Error if nobody has it. */
export type Packages = (name: string) => GoTypes;

/** Who set which field: never read, and as long as the rest. */
const PASSED_BY = 'meta.v1.ManagedFieldsEntry';

/**
 * The rows of `kube-messages.ts` for these kinds and all that is in them: name of the message to its fields, each as
 * `<number> <name in JSON> <type>`. A root that this version does not have is left out. Throws an Error for a type that it does not know.
 */
export function messageRows(packages: Packages, roots: readonly string[]): Map<string, readonly string[]> {
  const rows = new Map<string, readonly string[]>();
  const waiting = roots.filter((name) => structOf(packages, name) !== undefined);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (rows.has(name)) continue;
    const home = name.slice(0, name.lastIndexOf('.'));
    const struct = structOf(packages, name);
    if (struct === undefined) throw new Error(`nothing declares ${name}`);
    const fields = struct
      .toSorted((one, other) => one.number - other.number)
      .map((field) => row(packages, home, field));
    for (const { message } of fields) if (message !== undefined) waiting.push(message);
    rows.set(
      name,
      fields.map(({ text }) => text),
    );
  }
  return rows;
}

function structOf(packages: Packages, name: string): readonly GoField[] | undefined {
  const home = name.slice(0, name.lastIndexOf('.'));
  return packages(home).structs.get(name.slice(home.length + 1));
}

interface Row {
  readonly text: string;
  /** The message that it holds, if it holds one. */
  readonly message: string | undefined;
}

function row(packages: Packages, home: string, { number, json, type, omitsEmpty }: GoField): Row {
  const { of, many } = resolve(packages, home, type.replace(/^\*/u, ''));
  if (of === PASSED_BY) return { text: `${String(number)} ${json} passed-by`, message: undefined };
  const isScalar = Object.values(SCALARS).includes(of);
  // Go leaves nothing out of a struct for being empty, nor what a pointer points at.
  const mark = isScalar && many === '' && omitsEmpty && !type.startsWith('*') ? '?' : '';
  const isMessage = !isScalar && !Object.values(OWN_FORMS).includes(of);
  return { text: `${String(number)} ${json || '.'} ${many}${of}${mark}`, message: isMessage ? of : undefined };
}

/** `many`: `[]` for a list, `{}` for a map by text. */
function resolve(packages: Packages, home: string, type: string): { of: string; many: string } {
  if (SCALARS[type] !== undefined) return { of: SCALARS[type], many: '' };
  const list = /^\[\]\*?(.+)$/u.exec(type)?.[1];
  if (list !== undefined) return { of: resolve(packages, home, list).of, many: '[]' };
  const map = /^map\[[\w.]+\](.+)$/u.exec(type)?.[1];
  if (map !== undefined) return { of: resolve(packages, home, map).of, many: '{}' };
  const full = qualified(packages, home, type);
  if (OWN_FORMS[full] !== undefined) return { of: OWN_FORMS[full], many: '' };
  const owner = full.slice(0, full.lastIndexOf('.'));
  const alias = packages(owner).aliases.get(full.slice(owner.length + 1));
  return alias === undefined ? { of: full, many: '' } : resolve(packages, owner, alias);
}

/** `metav1.Time` by the path of the package that the file calls so. */
function qualified(packages: Packages, home: string, type: string): string {
  const [owner = '', name] = type.split('.');
  if (name === undefined) return `${home}.${type}`;
  const path = packages(home).imports.get(owner) ?? owner;
  return `${shortName(path)}.${name}`;
}

/** `k8s.io/api/core/v1` is `core.v1`; of others the last part is enough. */
function shortName(path: string): string {
  const own = /^k8s\.io\/(?:api|apimachinery\/pkg\/apis)\/(\w+)\/(\w+)$/u.exec(path);
  return own === null ? path.slice(path.lastIndexOf('/') + 1) : `${own[1] ?? ''}.${own[2] ?? ''}`;
}
