/**
 * Objects in protobuf that something on the way has changed. What is read of one is right by the letter of its bytes, or it is a fault; and
 * what leaves of it is what would leave of the object that was read.
 */
import { describe, expect, test } from 'vitest';
import { must } from '@castai/shared/errors.ts';
import { KubeError } from '@castai/shared/kube/kube-error.ts';
import { kubeMessageOf, objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { isWellFormed } from '@castai/shared/testing/is-well-formed.ts';
import { mutateMessage } from '@castai/shared/testing/mutate-message.ts';
import { randomMessage } from '@castai/shared/testing/random-message.ts';
import { SeededRandom } from '@castai/shared/testing/seeded-random.ts';
import { allFeeds } from '../feeds/feeds.ts';
import { RULES } from './rules.ts';
import { rulesFor, scrubObject } from './scrub-json.ts';
import { scrubProtobuf } from './scrub-protobuf.ts';
import type { ScrubOptions } from './shape.ts';
import { wantedFields } from './wanted-fields.ts';

const SEED = Date.now() % 1_000_000_000;
const ROUNDS = 60;
const options: ScrubOptions = { reenable: new Set(), annotationPrefixes: [] };

const kinds = allFeeds({ configMapNamespaces: ['shop'], readRbac: true, readIngress: true }).flatMap((spec) =>
  spec.versions.flatMap((version) => {
    const name = kubeMessageOf(spec.group, version, spec.kind);
    return name === undefined ? [] : [{ spec, version, name }];
  }),
);

/** What is made of bytes; `fault` where they are refused. Anything else that is thrown is a bug. */
function attempt<Made>(make: () => Made): Made | 'fault' {
  try {
    return make();
  } catch (error) {
    if (error instanceof KubeError && error.code === 'KUBE_STREAM_BROKEN') return 'fault';
    throw error;
  }
}

describe('changed bytes', () => {
  test.each(kinds)('of $name are a fault, or an object by the letter', ({ spec, version, name }) => {
    const random = new SeededRandom(SEED);
    const { group, kind } = spec;
    const shape = RULES[spec.scrub];
    const all = must(objectReader({ group, version, kind }), 'a reader');
    const wanted = must(objectReader({ group, version, kind, wanted: wantedFields(shape, options) }), 'a reader');
    const write = must(scrubProtobuf(name, shape, { options, onUnknownField: () => {} }), 'a writer');
    const rules = rulesFor(spec, options);
    for (let round = 0; round < ROUNDS; round += 1) {
      const bytes = mutateMessage(randomMessage(name, random), random);
      const at = `seed ${String(SEED)}, round ${String(round)}: ${bytes.toString('hex')}`;
      const whole = attempt(() => all.read(bytes));
      expect({ at, isObject: whole !== 'fault' }).toEqual({ at, isObject: isWellFormed(name, bytes) });
      const scrubbed = attempt(() => {
        const object = wanted.read(bytes);
        return JSON.stringify(scrubObject(rules, object)) ?? 'nothing';
      });
      const written = attempt(() => write(bytes)?.toString() ?? 'nothing');
      // What is wrong in a part that does not leave is not looked at.
      const isJudged = written !== 'nothing' && scrubbed !== 'fault' && 'metadata' in wanted.read(bytes);
      if (isJudged) expect({ at, leaves: written }).toEqual({ at, leaves: scrubbed });
    }
  });
});
