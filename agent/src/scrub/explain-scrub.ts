import { isRecord } from '@castai/shared/kube/kube-object.ts';
import { annotationFilter } from './annotation-filter.ts';
import { compileShape } from './scrub-json.ts';
import { type FieldShape, type FieldsShape, labels, type ScrubOptions, type Shape } from './shape.ts';

/** What becomes of one part of an object. */
export interface Told {
  /** Where it stands in the object: `spec.containers[0].image`. */
  readonly path: string;
  /** `told`: something else leaves in its place. */
  readonly is: 'sent' | 'told' | 'dropped';
  /** The rule that sends it, as the documentation names it, or why it is dropped. */
  readonly why: string;
  /** What leaves; undefined where nothing does. */
  readonly leaves?: unknown;
}

interface Place {
  readonly path: string;
  /** The nearest part of the policy that has a name. */
  readonly part: string;
}

/**
 * What the policy does with every part of one object, in the order in which they stand in it. A part of which nothing is named is one row,
 * however much is in it. `part` is how the documentation calls the rule of the kind.
 */
export function explainScrub(shape: FieldsShape, options: ScrubOptions, part: string): (object: unknown) => Told[] {
  const explainer = new Explainer(options);
  return (object) => explainer.explain(shape, object, { path: '', part });
}

class Explainer {
  readonly #options: ScrubOptions;
  readonly #limitOf: (key: string) => number;

  constructor(options: ScrubOptions) {
    this.#options = options;
    this.#limitOf = annotationFilter(options.annotationPrefixes);
  }

  explain(shape: Shape, value: unknown, place: Place): Told[] {
    switch (shape.is) {
      case 'fields':
        return isRecord(value) ? this.#fields(shape, value, place) : [dropped(place, 'is no object')];
      case 'list':
        if (!Array.isArray(value)) return [dropped(place, 'is no list')];
        return value.flatMap((item: unknown, index) =>
          this.explain(shape.of, item, { ...place, path: `${place.path}[${String(index)}]` }),
        );
      case 'labels':
      case 'map':
        if (!isRecord(value)) return [dropped(place, 'is no object')];
        return Object.entries(value).flatMap(([key, child]) => {
          const at = { ...place, path: `${place.path}[${JSON.stringify(key)}]` };
          if (shape.is === 'labels') return this.#label(key, child, at);
          const isKept = Object.keys(this.#keep(shape, { [key]: child }) ?? {}).length > 0;
          const isValueKept = this.#keep(shape.of, child) !== undefined;
          return isKept || !isValueKept ? this.explain(shape.of, child, at) : [dropped(at, 'by its key')];
        });
      case 'annotations':
        if (!isRecord(value)) return [dropped(place, 'is no object')];
        return Object.entries(value).map(([key, text]) => this.#annotation(key, text, place));
      case 'when':
        return this.#switched(shape, value, place);
      default: {
        const kept = this.#keep(shape, value);
        if (kept === undefined) return [dropped(place, `does not fit: ${wordFor(shape)}`)];
        const isSame = JSON.stringify(kept) === JSON.stringify(value);
        const rule = `${wordFor(shape)} of <${place.part}>`;
        return [{ path: place.path, is: isSame ? 'sent' : 'told', why: rule, leaves: kept }];
      }
    }
  }

  #keep(shape: Shape, value: unknown): unknown {
    return compileShape(shape, this.#options)(value);
  }

  #fields(shape: FieldsShape, value: Record<string, unknown>, place: Place): Told[] {
    const part = shape.title ?? place.part;
    if (shape.dropIfOnly !== undefined && this.#keep(shape, value) === undefined) {
      return [dropped(place, `nothing of <${part}> but its ${shape.dropIfOnly} would be left`)];
    }
    const { labelMask } = this.#options;
    const { key: label } = value;
    if (shape.isKeyed === true && typeof label === 'string' && labelMask?.isMasked(label) === true) {
      return this.#masked(shape, value, { ...place, part });
    }
    const rules = Object.entries(shape.fields).map(([name, of]) => ({ name, source: sourceOf(name, of), of }));
    return Object.entries(value).flatMap(([key, child]) => {
      const at = { path: place.path === '' ? key : `${place.path}.${key}`, part };
      const about = rules
        .filter(({ source }) => source === key)
        .flatMap(({ name, of }) => {
          const chosen = choose(of, value);
          return chosen === undefined ? [] : [{ name, chosen }];
        });
      if (about.length === 0) return [dropped(at, `nothing of <${part}> names it`)];
      return about.flatMap(({ name, chosen }) =>
        name === key ? this.explain(chosen, child, at) : this.#besides(name, chosen, { value: child, at }),
      );
    });
  }

  /** A requirement, a taint or a toleration of a label that is masked. */
  #masked(shape: FieldsShape, value: Record<string, unknown>, place: Place): Told[] {
    const kept = this.#keep(shape, value);
    return Object.entries(value).map(([key, child]) => {
      const at = { ...place, path: `${place.path}.${key}` };
      const leaves = isRecord(kept) ? kept[key] : undefined;
      if (leaves === undefined) return dropped(at, `nothing of <${place.part}> names it`);
      const isSame = JSON.stringify(leaves) === JSON.stringify(child);
      return { path: at.path, is: isSame ? 'sent' : 'told', why: 'LABELS_MASKED', leaves };
    });
  }

  #label(key: string, value: unknown, place: Place): Told[] {
    const kept = this.#keep(labels, { [key]: value });
    const leaves = isRecord(kept) ? kept[key] : undefined;
    if (leaves === undefined) return [dropped(place, 'is no label')];
    const is = leaves === value ? 'sent' : 'told';
    return [{ path: place.path, is, why: is === 'sent' ? `label of <${place.part}>` : 'LABELS_MASKED', leaves }];
  }

  /** What is told under another name: only where there is something to tell. */
  #besides(name: string, shape: Shape, { value, at }: { value: unknown; at: Place }): Told[] {
    const leaves = this.#keep(shape, value);
    return leaves === undefined ? [] : [{ path: at.path, is: 'told', why: `as ${name} of <${at.part}>`, leaves }];
  }

  #annotation(key: string, value: unknown, place: Place): Told {
    const at = { ...place, path: `${place.path}[${JSON.stringify(key)}]` };
    const kept = this.#keep({ is: 'annotations' }, { [key]: value });
    const leaves = isRecord(kept) ? kept[key] : undefined;
    if (leaves !== undefined) {
      return { path: at.path, is: leaves === value ? 'sent' : 'told', why: 'annotation that may leave', leaves };
    }
    const limit = this.#limitOf(key);
    return dropped(at, limit === 0 ? 'no annotation that may leave' : `longer than ${String(limit)} bytes, or no text`);
  }

  #switched(shape: Extract<Shape, { is: 'when' }>, value: unknown, place: Place): Told[] {
    if (this.#options.reenable.has(shape.on)) return this.explain(shape.shape, value, place);
    if (shape.otherwise !== undefined) return this.explain(shape.otherwise, value, place);
    return [dropped(place, `only with SCRUB_REENABLE=${shape.on}`)];
  }
}

function dropped({ path }: Place, why: string): Told {
  return { path, is: 'dropped', why };
}

/** The field of the object that a field of the policy is made of. */
function sourceOf(name: string, shape: FieldShape): string {
  if (shape.is === 'from') return shape.field;
  return shape.is === 'where' ? sourceOf(name, shape.of) : name;
}

/** The rule for this very object; undefined where none of it may leave. */
function choose(shape: FieldShape, parent: Record<string, unknown>): Shape | undefined {
  if (shape.is === 'from') return shape.of;
  if (shape.is !== 'where') return shape;
  const text = parent[shape.beside];
  const next = typeof text === 'string' && shape.among.includes(text) ? shape.of : shape.otherwise;
  return next === undefined ? undefined : choose(next, parent);
}

function wordFor(shape: Shape): string {
  switch (shape.is) {
    case 'text':
    case 'message':
    case 'numberOrText':
      return `${shape.is} of at most ${String(shape.maxLength)} characters`;
    case 'summary':
      return `(only ${shape.of})`;
    default:
      return shape.is;
  }
}
