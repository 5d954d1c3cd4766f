/** How one resourceVersion lies to another. `opaque` means that no order may be concluded. */
export type ResourceVersionOrder = 'older' | 'same' | 'newer' | 'opaque';

const WELL_FORMED = /^[1-9][0-9]*$/;

/**
 * Where `a` lies relative to `b`: `older` means that `a` came first.
 *
 * Only meaningful within one resource of one API server. The rule is that of apimachinery's `util/resourceversion`
 * (KEP-5504): decimal digits without a leading zero, up to 128 bits, so the shorter one is older and equal lengths
 * compare as text. Anything else, "0" included, is opaque: some aggregated APIs serve such versions.
 */
export function compareResourceVersions(a: string, b: string): ResourceVersionOrder {
  if (!WELL_FORMED.test(a) || !WELL_FORMED.test(b)) return 'opaque';
  if (a === b) return 'same';
  if (a.length !== b.length) return a.length < b.length ? 'older' : 'newer';
  return a < b ? 'older' : 'newer';
}
