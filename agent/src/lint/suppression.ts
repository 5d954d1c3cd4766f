import { partAt } from './read-part.ts';

/** One rule: this and its id. kube-linter's annotation. */
const IGNORE_CHECK = 'ignore-check.kube-linter.io/';
/** All rules. */
const IGNORE_ALL = 'kube-linter.io/ignore-all';

/**
 * Which rules the object's owner has set aside, by kube-linter's annotations; whatever their value, which is there to say why. Those of a pod
 * template count as little as for kube-linter: what is judged is the object that holds it.
 */
export function suppressionOf(metadata: Record<string, unknown>): (ruleId: string) => boolean {
  const keys = Object.keys(partAt(metadata, 'annotations') ?? {});
  if (keys.includes(IGNORE_ALL)) return () => true;
  const ids = new Set(keys.filter((key) => key.startsWith(IGNORE_CHECK)).map((key) => key.slice(IGNORE_CHECK.length)));
  return (ruleId) => ids.has(ruleId);
}
