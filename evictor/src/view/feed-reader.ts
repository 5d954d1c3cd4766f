import type { MeetUnknownField } from '@castai/shared/kube/protobuf/decode-message.ts';
import { type ObjectReader, objectReader } from '@castai/shared/kube/protobuf/object-reader.ts';
import type { ViewFeed } from './view-feeds.ts';
import { wantedOf } from './wanted-fields.ts';

/** How the objects of a feed are read in protobuf: what its records are made of, and nothing else. Undefined: they come as JSON. */
export function feedReader({ name, group, kind }: ViewFeed): ObjectReader | undefined {
  return objectReader({ group, version: 'v1', kind, wanted: wantedOf(name), onUnknownField });
}

/**
 * A field of a newer API stands in the object that was read as it would in JSON, but that nobody knows its name: whoever refuses what is not
 * known refuses it. One that says nothing would not be there in JSON.
 */
const onUnknownField: MeetUnknownField = (message, number, { into, isZero }) => {
  if (!isZero) into[`field ${String(number)} of ${message.slice(message.lastIndexOf('.') + 1)}`] = true;
};
