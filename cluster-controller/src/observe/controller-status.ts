import { HealthChecks } from '@castai/shared/http/health.ts';
import type { StatusDocument } from '@castai/shared/http/status-document.ts';
import type { Leadership } from '@castai/shared/lead/leadership.ts';
import type { TheirTime } from '@castai/shared/verdict/clock-trouble.ts';
import type { Said } from '@castai/shared/verdict/said.ts';
import type { VerdictKeeper } from '@castai/shared/verdict/verdict-keeper.ts';
import type { ApiKey } from '@castai/shared/wire/api-key.ts';
import type { AckSender } from '../ack/ack-outbox.ts';
import type { ActionDesk } from '../claim/action-desk.ts';
import type { Poller } from '../poll/poller.ts';
import type { ControllerObserver } from './controller-observer.ts';

/** Everything that readiness and the page look at; all of it in memory. */
export interface ControllerView {
  readonly version: string;
  readonly startedAtMs: number;
  readonly isDryRun: boolean;
  readonly leadership: Pick<Leadership, 'status'>;
  readonly poller: Poller;
  readonly desk: ActionDesk;
  readonly acks: AckSender;
  readonly observer: Pick<ControllerObserver, 'held' | 'heard'>;
  readonly apiKey: Pick<ApiKey, 'problem'>;
  /** Files of certificates that cannot be used, by what they are for. */
  readonly trust: ReadonlyMap<string, Said>;
  readonly addresses: { readonly apiServer: string; readonly platform: string };
  /** What other clocks say of ours. */
  readonly times: () => readonly TheirTime[];
}

/**
 * Readiness: the API server can be used, as far as the election shows. The platform is no part of it: away for an hour, it would have every
 * replica taken out of service, or restarted, for what no restart mends; what is under way goes on.
 */
export function controllerHealth({ leadership }: Pick<ControllerView, 'leadership'>): HealthChecks {
  return new HealthChecks({
    lease: () => (leadership.status.problem === '' ? undefined : leadership.status.problem),
  });
}

/** The page for people. */
export function controllerStatus(
  view: ControllerView,
  { verdict, problems }: Pick<VerdictKeeper, 'verdict' | 'problems'>,
): StatusDocument {
  const { version, startedAtMs, isDryRun, leadership, poller, desk, acks, observer } = view;
  const { role, holder } = leadership.status;
  return {
    program: 'castai-cluster-controller',
    version,
    startedAt: new Date(startedAtMs).toISOString(),
    verdict,
    problems,
    sections: [
      {
        title: 'Controller',
        rows: {
          role,
          'lease held by': holder,
          'dry run': isDryRun,
          'new actions are stopped': desk.isPaused,
          platform: poller.problem === '' ? 'answers' : poller.problem,
          'acknowledgements waiting': acks.pendingCount,
        },
      },
      {
        title: 'Actions',
        rows: desk.runs.slice(0, 200).map(({ facts, state }) => {
          const record = 'record' in state ? state.record : undefined;
          const outcome = record?.outcome;
          return {
            action: facts.id,
            kind: facts.kind,
            phase: state.phase,
            step: record?.step ?? '',
            outcome:
              outcome === undefined
                ? ''
                : outcome.is === 'done'
                  ? outcome.detail
                  : `${outcome.code}: ${outcome.detail}`,
          };
        }),
      },
      {
        title: 'Pods that hold up drains',
        rows: observer.held
          .slice(0, 200)
          .map(({ namespace, name, reason, detail }) => ({ pod: `${namespace}/${name}`, reason, detail })),
      },
    ],
  };
}
