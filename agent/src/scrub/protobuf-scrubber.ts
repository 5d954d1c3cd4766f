import { must } from '@castai/shared/errors.ts';
import type { KubeItem } from '@castai/shared/kube/kube-item.ts';
import type { OnUnknownField } from '@castai/shared/kube/protobuf/decode-message.ts';
import { messageReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import { closeShape } from './close-shape.ts';
import { RULES } from './rules.ts';
import { isClosed, scrubObject, type ScrubRules } from './scrub-json.ts';
import { scrubProtobuf, type WriteScrubbed } from './scrub-protobuf.ts';
import type { ScrubOptions } from './shape.ts';

/** What may leave of an object that came in protobuf, as JSON; overwritten by the next object. Undefined: nothing, or it did not come so. */
export type ScrubItem = (item: KubeItem) => Uint8Array | undefined;

/** A policy for objects in protobuf. Worth keeping: it is compiled when the first such object comes. */
export function protobufScrubber(rules: ScrubRules, options: ScrubOptions, onUnknownField: OnUnknownField): ScrubItem {
  const { name } = rules;
  const shapes = { open: () => RULES[name], closed: () => closeShape(name, RULES[name]) };
  const made = { open: new Map<string, WriteScrubbed>(), closed: new Map<string, WriteScrubbed>() };

  /** Most feeds have one version, and no namespace is closed. */
  const writer = (message: string, is: 'open' | 'closed'): WriteScrubbed => {
    const known = made[is].get(message);
    if (known !== undefined) return known;
    const write = scrubProtobuf(message, shapes[is](), { options, onUnknownField });
    let read: ReturnType<typeof messageReader> | undefined;
    const all: WriteScrubbed = (bytes) => {
      const written = write?.(bytes);
      if (written !== undefined) return written;
      read ??= messageReader(message, 'all', onUnknownField);
      return Buffer.from(JSON.stringify(must(scrubObject(rules, read(bytes)), 'an item has metadata')));
    };
    made[is].set(message, all);
    return all;
  };
  return (item) => {
    if (item.protobuf === undefined) return undefined;
    const { message, bytes } = item.protobuf;
    return writer(message, isClosed(rules, item) ? 'closed' : 'open')(bytes);
  };
}
