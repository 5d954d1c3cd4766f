/**
 * The part of the scrub policy about reports of trivy-operator, where it is installed: which image has which vulnerabilities, which checks a
 * configuration fails, and how a cluster stands against a benchmark. Never what a report says in sentences.
 */
import { plain, policy } from './rule-frames.ts';
import { each, fields, flag, number, summary, text, time } from './shape.ts';

const scanner = fields(each(text, 'name version'));
const counts = fields(each(number, 'criticalCount highCount mediumCount lowCount unknownCount noneCount'));

/** What may leave of each, by the name that the table of feeds uses. */
export const REPORT_RULES = policy({
  vulnerabilityReport: plain({
    report: fields({
      updateTimestamp: time,
      // The image: the pods' own status has no tag, and the report of an image of before may be there still.
      artifact: fields({ ...each(text, 'repository tag'), digest: summary('digest') }),
      registry: fields({ server: text }),
      os: fields({ ...each(text, 'family name'), eosl: flag }),
      scanner,
      summary: counts,
      vulnerabilities: summary('vulnerabilities'),
    }),
  }),
  configAuditReport: plain({
    report: fields({ updateTimestamp: time, scanner, summary: counts, checks: summary('failedChecks') }),
  }),
  clusterComplianceReport: plain({
    spec: fields({ reportType: text, compliance: fields(each(text, 'id version platform')) }),
    status: fields({
      updateTimestamp: time,
      summary: fields(each(number, 'passCount failCount')),
      summaryReport: fields({ id: text, controlCheck: summary('controls') }),
      detailReport: fields({ id: text, results: summary('controls') }),
    }),
  }),
});
