import type { Price, PriceList } from '../judge/prices.ts';
import { type Place, readPlaces } from './place.ts';

/** A price list, or everything that is wrong with it. */
export interface ParsedPrices {
  /** Undefined while there is a problem. */
  readonly list: PriceList | undefined;
  readonly problems: readonly string[];
}

/**
 * Reads a price list: `currency` and `prices`, each with `instanceType`, `perHour`, and where they matter `os` (`linux` unless told),
 * `capacity` (`on-demand` unless told) and `region`. Strict: a price of 0, and two for the same machine, are problems.
 */
export function readPrices(text: string): ParsedPrices {
  const { root, problems } = readPlaces(text);
  if (root === undefined) return { list: undefined, problems: problems.length > 0 ? problems : ['it is empty'] };
  const { currency, prices } = root.members(['currency', 'prices']);
  if (currency === undefined) root.problem('has no currency');
  if (prices === undefined) root.problem('has no prices');
  const seen = new Set<string>();
  const list = {
    currency: currency === undefined ? '' : currencyIn(currency),
    prices: prices?.items().flatMap((place) => readPrice(place, seen) ?? []) ?? [],
  };
  return { list: problems.length > 0 ? undefined : list, problems };
}

/** It stands on pages, in terminals and in a label of a metric. */
function currencyIn(place: Place): string {
  const text = place.text() ?? '';
  if (text !== '' && !/^[\p{L}\p{Sc}]{1,8}$/u.test(text)) place.problem('has to be a currency, such as EUR or €');
  return text;
}

function readPrice(place: Place, seen: Set<string>): Price | undefined {
  const members = place.members(['instanceType', 'os', 'capacity', 'region', 'perHour']);
  if (members.instanceType === undefined) place.problem('has no instanceType');
  if (members.perHour === undefined) place.problem('has no perHour');
  const instanceType = members.instanceType?.text();
  const perHour = members.perHour?.amount();
  const capacity = members.capacity === undefined ? 'on-demand' : members.capacity.word(['on-demand', 'spot']);
  const os = members.os === undefined ? 'linux' : members.os.word(['linux', 'windows']);
  const region = members.region?.text();
  if (instanceType === undefined || perHour === undefined || capacity === undefined || os === undefined)
    return undefined;
  const key = [instanceType, os, capacity, region ?? ''].join(' ');
  if (seen.has(key)) place.problem(`is a second price for ${key.trim()}`);
  seen.add(key);
  return { instanceType, os, capacity, region, perHour };
}
