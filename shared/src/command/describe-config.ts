import type { OptionSpec, OptionTable } from '../config/option-table.ts';
import { redactText } from '../log/redact.ts';

/** What an option of the program is set to, for a support bundle. */
export interface ConfigRow {
  readonly variable: string;
  /** As it is set; without a password in an address, and of a secret only whether there is one. Empty: not set. */
  readonly value: string;
  readonly default: string;
}

/** Every option and what it is set to, usable or not. Of other variables of the process nothing is said: they are not ours. */
export function describeConfig(
  environment: Readonly<Record<string, string | undefined>>,
  options: OptionTable,
): ConfigRow[] {
  return Object.values(options).flatMap((spec: OptionSpec) => {
    const value = environment[spec.variable]?.trim() ?? '';
    if (spec.kind !== 'secret') return [{ variable: spec.variable, value: shown(value), default: spec.default ?? '' }];
    const file = environment[`${spec.variable}_FILE`]?.trim() ?? '';
    return [
      { variable: spec.variable, value: value === '' ? '' : '[secret]', default: '' },
      // The secret itself in place of its file's path is an easy mistake.
      {
        variable: `${spec.variable}_FILE`,
        value: file === '' || file.startsWith('/') ? file : '[secret]',
        default: '',
      },
    ];
  });
}

function shown(value: string): string {
  return redactText(value.replaceAll(/\/\/[^/?#]*@/gu, '//[secret]@'));
}
