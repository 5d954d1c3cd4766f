/** One field of a Go struct that has a place on the wire. */
export interface GoField {
  readonly number: number;
  /** Its name in JSON; empty for a struct whose fields stand in JSON where it stands itself. */
  readonly json: string;
  /** As Go writes it: `*metav1.Time`, `[]Container`, `map[ResourceName]resource.Quantity`. */
  readonly type: string;
  readonly omitsEmpty: boolean;
}

/** What a Go file declares: structs by name, other names for other types, and how it calls other packages. */
export interface GoTypes {
  readonly structs: ReadonlyMap<string, readonly GoField[]>;
  readonly aliases: ReadonlyMap<string, string>;
  /** Path by the name in this file: `metav1` to `k8s.io/apimachinery/pkg/apis/meta/v1`. */
  readonly imports: ReadonlyMap<string, string>;
}

const STRUCT = /^type (\w+) struct \{\n([\s\S]*?)^\}/gmu;
const ALIAS = /^(?:type )?\t?(\w+) (string|int32|int64|bool|\[\]\w+|map\[\w+\][\w.]+)$/gmu;
const FIELD = /^\t(?:\w+ )?([*\w.[\]]+)\s+`([^`]*)`/gmu;
const IMPORT = /^\t(\w+ )?"([\w./-]+)"$/gmu;
const ON_WIRE = /protobuf:"\w+,(\d+),/u;
const JSON_TAG = /json:"([^",]*)((?:,\w+)*)"/u;

/** Reads a file of Kubernetes' API as its own generators write and read it: one field a line, its numbers and names in the tags. */
export function goTypes(source: string): GoTypes {
  const structs = new Map<string, GoField[]>();
  const aliases = new Map<string, string>();
  for (const [, name = '', body = ''] of source.matchAll(STRUCT)) {
    structs.set(
      name,
      [...body.matchAll(FIELD)].flatMap(([, type = '', tags = '']) => fieldOf(type, tags)),
    );
  }
  for (const [, name = '', type = ''] of source.matchAll(ALIAS)) aliases.set(name, type);
  const imports = [...source.matchAll(IMPORT)].map(([, alias = '', path = '']): [string, string] => [
    alias.trim() || path.slice(path.lastIndexOf('/') + 1),
    path,
  ]);
  return { structs, aliases, imports: new Map(imports) };
}

/** Nothing for what is in JSON only, such as the type of an object. */
function fieldOf(type: string, tags: string): GoField[] {
  const number = ON_WIRE.exec(tags)?.[1];
  const [, json = '', options = ''] = JSON_TAG.exec(tags) ?? [];
  if (number === undefined) return [];
  if (json === '' && !options.includes('inline') && !/^\*?[\w.]+$/u.test(type)) {
    throw new Error(`a field without a name in JSON: ${type} ${tags}`);
  }
  return [{ number: Number(number), json, type, omitsEmpty: options.includes('omitempty') }];
}
