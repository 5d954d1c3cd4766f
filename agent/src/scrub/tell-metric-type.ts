/**
 * Of the name of an external metric only which scaler of KEDA made it. KEDA writes `s<trigger>-<scaler>-<name>`, and the last part is a
 * queue, a topic, a database or a customer: `s0-rabbitmq-payouts` tells `s0-rabbitmq`. Of a scaler that is not known here the trigger's
 * number alone is told, of a name that KEDA did not make nothing.
 */
export function tellMetricType(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [, trigger, rest = ''] = /^(s\d{1,4})-(.*)/s.exec(value) ?? [];
  if (trigger === undefined) return undefined;
  const scaler = SCALERS.find((name) => rest === name || rest.startsWith(`${name}-`));
  return scaler === undefined ? trigger : `${trigger}-${scaler}`;
}

/** As the scalers of KEDA 2 begin their metrics' names; of two that begin alike the longer one first. */
const SCALERS: readonly string[] = [
  'activemq arangodb artemis beanstalkd cassandra couchdb cron datadog dynatrace aws-cloudwatch aws-dynamodb-',
  'streams aws-dynamodb aws-kinesis aws-sqs-queue aws-sqs azure-app-insights azure-blob azure-data-explorer',
  'azure-eventhub azure-log-analytics azure-monitor azure-pipelines azure-queue azure-servicebus elasticsearch',
  'etcd gcp-cloudtasks gcp-ct gcp-ps gcp-pubsub gcp-stackdriver gcp-storage github-runner graphite huawei-',
  'cloudeye ibmmq influxdb kafka liiklus loki metric-api mongodb mssql mysql nats-jetstream nats new-relic nsq',
  'openstack-metric openstack-swift postgresql predictkube prometheus pulsar rabbitmq redis-streams redis',
  'selenium-grid solace solarwinds solr splunk stan sumologic temporal workload',
].flatMap((line) => line.split(' '));
