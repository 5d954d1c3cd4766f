/** Whom the platform tells, and what became of it: `/_page/notifications`. Of an address scheme and host alone: the rest may be a password. */
import type { AttemptRow, EndpointRow } from '../store/notify-store.ts';
import type { PlatformStore } from '../store/platform-store.ts';
import { SEVERITIES, TROUBLES } from './condition.ts';
import type { Notifier } from './notifier.ts';
import { FORMATS } from './render.ts';

/** One endpoint. */
export interface EndpointLine extends EndpointRow {
  readonly key: string;
  readonly origin: string;
  readonly format: string;
  readonly isSigned: boolean;
  /** Made on the page, where it may be changed if anything may. */
  readonly isOfPage: boolean;
  readonly timeoutSeconds: number;
  readonly severities: readonly string[];
  readonly kinds: readonly string[];
  readonly attempts: readonly AttemptRow[];
}

/** An episode that is not over. */
export interface EpisodeLine {
  readonly key: string;
  readonly cluster: string;
  readonly name: string;
  readonly kind: string;
  readonly severity: string;
  readonly summary: string;
  readonly startedAtMs: number;
}

/** What it is made of. */
export interface NotificationsSources {
  readonly store: Pick<PlatformStore, 'clusters' | 'notify'>;
  /** Missing: nobody is told. */
  readonly notifier: Pick<Notifier, 'endpoints' | 'book'> | undefined;
  /** Whether endpoints may be made and changed on the page. */
  readonly mayChange: boolean;
}

/** What is shown. */
export interface NotificationsView {
  readonly endpoints: readonly EndpointLine[];
  readonly episodes: readonly EpisodeLine[];
  /** What there is to choose from when endpoints may be made and changed; `undefined`: they may not. */
  readonly choices:
    | {
        readonly formats: readonly string[];
        readonly severities: readonly string[];
        readonly kinds: readonly string[];
      }
    | undefined;
}

const SHOWN_ATTEMPTS = 20;
const CHOICES = { formats: FORMATS, severities: SEVERITIES, kinds: TROUBLES };

/** The endpoints, those of the file first, and open episodes, the gravest and oldest first; `undefined`: nobody is told. */
export async function notificationsSection({
  store,
  notifier,
  mayChange,
}: NotificationsSources): Promise<NotificationsView | undefined> {
  if (notifier === undefined) return undefined;
  const endpoints: EndpointLine[] = [];
  for (const { id, origin, form, secrets, severities, troubles, timeoutMs } of notifier.endpoints) {
    const row = await store.notify.endpoint(id);
    const attempts = await store.notify.attempts(id, SHOWN_ATTEMPTS);
    const what = { origin, format: form.format, isSigned: secrets.length > 0, severities, kinds: troubles };
    const timeoutSeconds = timeoutMs / 1000;
    endpoints.push({ key: id, ...row, ...what, isOfPage: notifier.book.has(id), timeoutSeconds, attempts });
  }
  const names = new Map((await store.clusters()).map(({ id, name }) => [id, name]));
  const episodes = (await store.notify.openEpisodes()).map(({ cluster, trouble, episode }): EpisodeLine => ({
    key: `${cluster}/${trouble}`,
    cluster,
    name: names.get(cluster) ?? cluster,
    kind: trouble,
    severity: episode.severities.at(-1) ?? '',
    summary: episode.condition.summary,
    startedAtMs: episode.startedAtMs,
  }));
  const isMild = ({ severity }: EpisodeLine): number => Number(severity !== 'critical');
  episodes.sort((a, b) => isMild(a) - isMild(b) || a.startedAtMs - b.startedAtMs);
  return { endpoints, episodes, choices: mayChange ? CHOICES : undefined };
}
