import { expect, test } from 'vitest';
import { tellMetricType } from './tell-metric-type.ts';

const f = (name: unknown, expected: string | undefined): void => {
  expect([name, tellMetricType(name)]).toEqual([name, expected]);
};

test('of a name that KEDA makes the trigger and the scaler are told, never the queue, topic or database', () => {
  f('s0-rabbitmq-acme-bank-payouts', 's0-rabbitmq');
  f('s1-kafka-acme', 's1-kafka');
  f('s0-aws-sqs-queue-acme', 's0-aws-sqs-queue');
  f('s0-aws-sqs-acme', 's0-aws-sqs');
  f('s12-redis-streams-acme', 's12-redis-streams');
  f('s0-redis-acme', 's0-redis');
  f('s0-prometheus', 's0-prometheus');
  f('s0-cron-Europe-Berlin-08xxx1-5-018xxx1-5', 's0-cron');
});

test('of a scaler that nobody knows only the trigger, of another name nothing', () => {
  f('s0-acme-bank', 's0');
  f('s0-rabbitmqish-acme', 's0');
  f('s0-', 's0');
  f('s0-acme\nbank', 's0');
  f('queue_messages_ready', undefined);
  f('x-s0-rabbitmq-acme', undefined);
  f('s12345-rabbitmq-acme', undefined);
  f('', undefined);
  f(5, undefined);
});
