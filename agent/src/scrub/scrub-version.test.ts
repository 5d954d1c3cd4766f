import { describe, expect, it } from 'vitest';
import { RULES } from './rules.ts';
import { rulesFor } from './scrub-json.ts';
import { scrubVersion } from './scrub-version.ts';
import { fields, list, map, reason, text, type ScrubOptions, type ScrubSwitch } from './shape.ts';

const DEFAULTS: ScrubOptions = { reenable: new Set<ScrubSwitch>(), annotationPrefixes: [] };
const naming = (...switches: ScrubSwitch[]): ScrubOptions => ({ ...DEFAULTS, reenable: new Set(switches) });

describe('scrubVersion', () => {
  it('is an uint32, never 0, and the same every time', () => {
    for (const shape of Object.values(RULES)) {
      const version = scrubVersion(shape, DEFAULTS);
      expect(version).toBe(version >>> 0);
      expect(version).toBeGreaterThan(0);
      expect(scrubVersion(shape, DEFAULTS)).toBe(version);
    }
  });

  it('changes with every change of the policy', () => {
    const versions = [
      fields({ a: text }),
      fields({ a: text, b: text }),
      fields({ a: reason }),
      fields({ b: text }),
      fields({ a: list(text) }),
      fields({ a: map(text) }),
      fields({ a: fields({ b: text }) }),
      { ...fields({ a: text }), dropIfOnly: 'a' },
    ].map((shape) => scrubVersion(shape, DEFAULTS));
    expect(new Set(versions).size).toBe(versions.length);
  });

  it('does not change with the words of the documentation', () => {
    expect(scrubVersion({ ...fields({ a: text }), title: 'thing' }, DEFAULTS)).toBe(
      scrubVersion(fields({ a: text }), DEFAULTS),
    );
  });

  it('changes with a switch for the feeds that it touches, and for no other', () => {
    expect(scrubVersion(RULES.pod, naming('args'))).not.toBe(scrubVersion(RULES.pod, DEFAULTS));
    expect(scrubVersion(RULES.pod, naming('args'))).not.toBe(scrubVersion(RULES.pod, naming('commands')));
    expect(scrubVersion(RULES.node, naming('args'))).toBe(scrubVersion(RULES.node, DEFAULTS));
    expect(scrubVersion(RULES.configMap, naming('configMapValues'))).not.toBe(scrubVersion(RULES.configMap, DEFAULTS));
  });

  it('changes with the annotations of the operator where annotations are sent', () => {
    const options = { ...DEFAULTS, annotationPrefixes: ['example.com/'] };
    expect(scrubVersion(RULES.pod, options)).not.toBe(scrubVersion(RULES.pod, DEFAULTS));
    expect(scrubVersion(RULES.podMetrics, options)).toBe(scrubVersion(RULES.podMetrics, DEFAULTS));
  });

  it('is told by the rules of a feed', () => {
    expect(rulesFor({ scrub: 'pod' }, DEFAULTS).version).toBe(scrubVersion(RULES.pod, DEFAULTS));
  });
});
