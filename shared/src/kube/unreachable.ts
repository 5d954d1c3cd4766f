/** With what every message begins that tells why the API server could not be reached. */
export const UNREACHABLE = 'the API server cannot be reached: ';

/** What to do then, where nothing better is known. */
export const UNREACHABLE_CURE =
  'check that the API server runs, and that no network policy or firewall keeps this pod from it';

/** The reason alone, for behind words that say already that it does not answer. */
export function whyUnreachable(message: string): string {
  return message.startsWith(UNREACHABLE) ? message.slice(UNREACHABLE.length) : message;
}
