import type { Finding } from '@castai/shared/command/finding.ts';
import type { ChildProgram } from './child-program.ts';

/** What a doctor found, and with which code it ended. */
export interface DoctorReport {
  readonly code: number | null;
  readonly findings: readonly Finding[];
}

/** Of a program that was started with `doctor --json`, when it has ended. Throws `SyntaxError` when it gave no report. */
export async function doctorReport(doctor: ChildProgram): Promise<DoctorReport> {
  const { code } = await doctor.exit;
  const text = doctor.lines.flatMap((line) => (line.stream === 'stdout' ? [line.text] : [])).join('\n');
  const { findings } = JSON.parse(text) as Pick<DoctorReport, 'findings'>;
  return { code, findings };
}
