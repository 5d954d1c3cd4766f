/** What the control plane says of its version. During an upgrade its servers answer differently, one after another. */
export interface VersionBelief {
  /** Undefined until two answers in a row were the same. */
  readonly believed: string | undefined;
  /** The last answer. */
  readonly heard: string | undefined;
}

/** Nothing was heard yet. */
export const NOTHING_HEARD: VersionBelief = { believed: undefined, heard: undefined };

/** An answer came. It is believed when the one before, a minute ago or more, was the same; what was believed stays until then. */
export function hearVersion({ believed, heard }: VersionBelief, answer: string): VersionBelief {
  return { believed: answer === heard ? answer : believed, heard: answer };
}
