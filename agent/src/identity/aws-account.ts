import type { Agreement } from './agree.ts';

/** Twelve digits. YAML turns an unquoted account id into a number, and large numbers into `5.8e+11`. Pure. */
export function normaliseAccountId(given: string | undefined, variable: string): Agreement {
  if (given === undefined) return { problem: `no node tells the AWS account; set ${variable}` };
  const digits = /^\d(?:\.\d+)?e\+?\d+$/i.test(given) ? String(Number(given)) : given;
  const padded = digits.padStart(12, '0');
  if (/^\d{12}$/.test(padded)) return { value: padded };
  return { problem: `${variable} is "${given}", but an AWS account has twelve digits; quote it in YAML` };
}
