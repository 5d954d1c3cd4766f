import { conditions, metadata } from './rule-parts.ts';
import { fields, type FieldsShape } from './shape.ts';

/** An object with its metadata and these fields. */
export function plain(of: FieldsShape['fields']): FieldsShape {
  return fields({ metadata, ...of });
}

/** An object with its metadata, these fields of its spec, and of its status the conditions and these. */
export function withSpec(spec: FieldsShape['fields'], status: FieldsShape['fields'] = {}): FieldsShape {
  return plain({ spec: fields(spec), status: fields({ conditions, ...status }) });
}

/** Rules by name, with their names as a type. */
export function policy<Name extends string>(
  rules: Readonly<Record<Name, FieldsShape>>,
): Readonly<Record<Name, FieldsShape>> {
  return rules;
}
