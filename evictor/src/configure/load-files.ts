import { readFileSync } from 'node:fs';
import { CastaiError, describeError } from '@castai/shared/errors.ts';
import type { MaintenancePlan } from '../judge/maintenance.ts';
import type { PriceList } from '../judge/prices.ts';
import type { EvictionRule } from '../simulate/removal-policy.ts';
import { readMaintenance } from './read-maintenance.ts';
import { readPrices } from './read-prices.ts';
import { readRules } from './read-rules.ts';

/** What the files that options name say. */
export interface ConfiguredFiles {
  /** Without a file there are none. */
  readonly rules: readonly EvictionRule[];
  readonly prices: PriceList | undefined;
  readonly plans: readonly MaintenancePlan[];
}

/** The options that name files. */
export interface FileOptions {
  readonly rulesFile?: string | undefined;
  readonly pricesFile?: string | undefined;
  readonly maintenanceFile?: string | undefined;
}

/** What stands in the files; undefined where an option names none. */
export type FileTexts = Readonly<Record<keyof FileOptions, string | undefined>>;

/**
 * Reads the files that options name. Throws `CONFIG_INVALID` with the problems of the first that cannot be used: what is not understood must
 * not be ignored, because a rule may keep what would be called removable.
 */
export function loadFiles(options: FileOptions): ConfiguredFiles {
  return parseFiles(options, readTexts(options));
}

/** Reads the files and makes nothing of them yet. Throws `CONFIG_INVALID` for the first that cannot be read. */
export function readTexts({ rulesFile, pricesFile, maintenanceFile }: FileOptions): FileTexts {
  return {
    rulesFile: rulesFile && textOf('RULES_FILE', rulesFile),
    pricesFile: pricesFile && textOf('PRICES_FILE', pricesFile),
    maintenanceFile: maintenanceFile && textOf('MAINTENANCE_FILE', maintenanceFile),
  };
}

/** Makes of them what they say. Throws as `loadFiles` does. */
export function parseFiles(options: FileOptions, texts: FileTexts): ConfiguredFiles {
  const rules = texts.rulesFile === undefined ? undefined : readRules(texts.rulesFile);
  if (rules !== undefined) refuse(`RULES_FILE=${options.rulesFile ?? ''}`, rules.problems, RULES_HINT);
  const prices = texts.pricesFile === undefined ? undefined : readPrices(texts.pricesFile);
  if (prices !== undefined) refuse(`PRICES_FILE=${options.pricesFile ?? ''}`, prices.problems, PRICES_HINT);
  const windows = texts.maintenanceFile === undefined ? undefined : readMaintenance(texts.maintenanceFile);
  if (windows !== undefined)
    refuse(`MAINTENANCE_FILE=${options.maintenanceFile ?? ''}`, windows.problems, WINDOWS_HINT);
  return { rules: rules?.rules ?? [], prices: prices?.list, plans: windows?.plans ?? [] };
}

const RULES_HINT = 'write evictionConfig as a list of {podSelector or nodeSelector, settings}';
const WINDOWS_HINT = 'write what az aks maintenanceconfiguration list writes';
const PRICES_HINT = 'write currency, and prices as a list of {instanceType, os, capacity, region, perHour}';

function textOf(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CastaiError('CONFIG_INVALID', `${variable}=${path} cannot be read: ${describeError(error)}`, {
      cause: error,
      hint: 'check that the file is there and mounted',
    });
  }
}

function refuse(file: string, problems: readonly string[], hint: string): void {
  if (problems.length === 0) return;
  const more = problems.length - MOST_PROBLEMS;
  const told = [...problems.slice(0, MOST_PROBLEMS), ...(more > 0 ? [`and ${String(more)} more`] : [])];
  throw new CastaiError('CONFIG_INVALID', `${file} cannot be used: ${told.join('; ')}`, { hint });
}

/** The same mistake in every one of a thousand rows fills no log. */
const MOST_PROBLEMS = 10;
