import type { InitDataReport } from '../init-data/init-data-deliveries.ts';

/** One line for the page: sizes and the beginning of a fingerprint. */
export function describeInitData(report: InitDataReport): string {
  const { agentPool, architecture, reason, keyId, cloudConfigBytes, settingsBytes, fingerprint, isRepetition } = report;
  const form = keyId === '' ? 'in the clear' : `sealed to ${keyId}`;
  const pool = agentPool === '' ? architecture : `${agentPool} ${architecture}`;
  const facts = `CustomData ${cloudConfigBytes} B, settings ${settingsBytes} B`;
  const detail = keyId === '' ? facts : `${reason}, ${facts}, fingerprint ${fingerprint}`;
  return `${pool}: ${form}, ${detail}${isRepetition ? ', came again' : ''}`;
}
