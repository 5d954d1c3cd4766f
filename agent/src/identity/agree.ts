/** What is said about one thing that belongs to an identity, and by whom. */
export interface Statements {
  /** Named in messages, e.g. `the subscription`. */
  readonly what: string;
  /** The variable by which an operator gives it. */
  readonly variable: string;
  /** Its value, if the operator gave it. */
  readonly given: string | undefined;
  /** What the nodes say, each as often as it likes; undefined from nodes that say nothing. */
  readonly told: readonly (string | undefined)[];
  /** Who says it, for messages; `node` unless told. */
  readonly witness?: string;
}

/** A thing that is known, or why it is not. */
export type Agreement =
  | { readonly value: string; readonly problem?: never }
  | { readonly value?: never; readonly problem: string };

/** Takes what the operator gave, else what all nodes that say something agree on; letter case does not count as disagreement. */
export function agree({ what, variable, given, told, witness = 'node' }: Statements): Agreement {
  if (given !== undefined) return { value: given };
  const values = new Map<string, string>();
  for (const value of told) {
    if (value === undefined || value === '') continue;
    const spelling = values.get(value.toLowerCase());
    // Of several spellings always the same one, whichever node comes first today.
    if (spelling === undefined || value < spelling) values.set(value.toLowerCase(), value);
  }
  const [value, ...others] = values.values();
  if (value === undefined) return { problem: `no ${witness} tells ${what}; set ${variable}` };
  if (others.length === 0) return { value };
  return { problem: `${witness}s disagree on ${what} (${[value, ...others].join(', ')}); set ${variable}` };
}

/** The label of a node's region; the second one is how nodes were labelled before Kubernetes 1.17. */
export function regionLabel(labels: Readonly<Record<string, string>>): string | undefined {
  return labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'];
}
