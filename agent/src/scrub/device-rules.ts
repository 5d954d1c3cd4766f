/** The part of the scrub policy about devices. */
import {
  deviceClaimSpec,
  deviceContent,
  deviceSelectors,
  nodeSelector,
  quantities,
  templateMetadata,
} from './rule-parts.ts';
import { policy, withSpec } from './rule-frames.ts';
import { each, fields, flag, list, map, number, quantity, text } from './shape.ts';

/** What may leave of each, by the name that the table of feeds uses. */
export const DEVICE_RULES = policy({
  deviceClass: withSpec({ selectors: deviceSelectors, extendedResourceName: text }),
  resourceSlice: withSpec({
    driver: text,
    ...deviceContent,
    perDeviceNodeSelection: flag,
    pool: fields({ name: text, ...each(number, 'generation resourceSliceCount') }),
    devices: list(fields({ name: text, ...deviceContent, basic: fields(deviceContent) })),
    sharedCounters: list(fields({ name: text, counters: map(fields({ value: quantity })) })),
  }),
  resourceClaim: withSpec(deviceClaimSpec.fields, {
    allocation: fields({
      nodeSelector,
      devices: fields({
        results: list(
          fields({
            ...each(text, 'request driver pool device shareID'),
            // Who only monitors does not take a device; of a shared one the rest is left.
            adminAccess: flag,
            consumedCapacity: quantities,
          }),
        ),
      }),
    }),
    reservedFor: list(fields(each(text, 'apiGroup resource name uid'))),
  }),
  resourceClaimTemplate: withSpec({ metadata: templateMetadata, spec: deviceClaimSpec }),
});
