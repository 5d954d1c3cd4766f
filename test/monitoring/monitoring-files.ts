import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Where rules, their tests, dashboards and runbooks are. */
export const MONITORING = join(import.meta.dirname, '../../monitoring');

/** One alert as it is written. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A file of rules. */
export interface RuleFile {
  /** Such as `delivery.rules.yaml`. */
  readonly name: string;
  readonly text: string;
  readonly rules: readonly AlertRule[];
}

/** A setting of the rules. */
export interface Parameter {
  readonly default: string;
  readonly description: string;
}

/** A literal in a rule that is marked as a parameter. */
export interface Mark {
  readonly literal: string;
  readonly name: string;
}

/** A dashboard as Grafana imports it, as far as it is checked. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly editable: boolean;
  readonly schemaVersion: number;
  readonly templating: { readonly list: readonly Variable[] };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly Panel[];
}

/** A variable that the user chooses a value for. */
interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query?: string;
}

/** A panel or a row of them. */
export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly datasource?: { readonly uid: string };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
}

/** Names of the files in one of the folders. */
export function filesIn(folder: string, ending: string): string[] {
  return readdirSync(join(MONITORING, folder))
    .filter((name) => name.endsWith(ending))
    .toSorted();
}

/** Every file of rules. */
export function readRules(): RuleFile[] {
  return filesIn('rules', '.rules.yaml').map((name) => {
    const text = readText(`rules/${name}`);
    const { groups } = parse(text) as { groups: { rules: AlertRule[] }[] };
    return { name, text, rules: groups.flatMap(({ rules }) => rules) };
  });
}

/** The table of settings, by name. */
export function readParameters(): Record<string, Parameter> {
  return parse(readText('parameters.yaml')) as Record<string, Parameter>;
}

/** The literals of a text that are marked with `# $name`. */
export function marksIn(text: string): Mark[] {
  return [...text.matchAll(/("[^"\n]*"|[^\s"]+) # \$(\w+)$/gmu)].map(([, literal = '', name = '']) => ({
    literal,
    name,
  }));
}

/** Every dashboard by the name of its file. */
export function readDashboards(): Record<string, Dashboard> {
  return Object.fromEntries(
    filesIn('dashboards', '.json').map((name) => [name, JSON.parse(readText(`dashboards/${name}`)) as Dashboard]),
  );
}

/** Every query of a dashboard: of its panels, and of the marks that it draws into them. */
export function queriesOf({ panels, annotations }: Dashboard): { title: string; expr: string }[] {
  return [
    ...panels.flatMap(({ title = '', targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
    ...annotations.list.map(({ name, expr }) => ({ title: name, expr })),
  ];
}

/** The text of one file, relative to the folder `monitoring`. */
export function readText(path: string): string {
  return readFileSync(join(MONITORING, path), 'utf8');
}
