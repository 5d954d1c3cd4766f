import { readFileSync } from 'node:fs';
import { packTar } from 'modern-tar';
import { CastaiError, describeError } from '../errors.ts';
import { AdminClient, adminAddress } from './admin-client.ts';
import { describeConfig } from './describe-config.ts';
import { learnSecrets } from './learn-secrets.ts';
import { parseStatus } from './parse-status.ts';
import { renderStatus } from './render-status.ts';
import type { CommandContext, SubCommand } from './sub-command.ts';

const PIPE = { isTerminal: false, columns: undefined, hasColour: false } as const;
/** What the running program gives, and under which name it is kept. */
const ANSWERS = [
  ['statusz.json', '/statusz?format=json'],
  ['readyz.json', '/readyz?verbose&format=json'],
  ['metrics.txt', '/metrics'],
  ['log.ndjson', '/logz'],
] as const;

interface Entry {
  readonly name: string;
  readonly text: string;
}

/**
 * The command `support-bundle`: what somebody who is to help has to know, in one file that its owner can look through before it is sent
 * anywhere. Nothing is uploaded. The program need not run: then what it would say is missing, and the file says so.
 */
export function createSupportBundleCommand(doctor: SubCommand | undefined): SubCommand {
  return {
    name: 'support-bundle',
    summary: `Writes a tar to the standard output: status, readiness, metrics, the last 1,000 lines of the log, ${
      doctor === undefined ? '' : 'the findings of the doctor, '
    }the configuration without secrets. Uploads nothing.`,
    flags: {
      address: {
        value: 'ADDRESS',
        meaning: 'Where the endpoints of the program are; otherwise as ADMIN_HOST and ADMIN_PORT say.',
      },
    },
    exitCodes: {
      0: 'everything is in it',
      1: 'something could not be had; missing.txt in it names what',
      2: 'the call is not usable',
    },
    run: async (context, signal) => {
      const { flags, environment, options, secrets, stdout, note, program } = context;
      if (context.terminal().isTerminal) {
        throw new CastaiError('CONFIG_INVALID', 'support-bundle: a tar is nothing for a terminal', {
          hint: `write it to a file: ${program} support-bundle > support.tar`,
        });
      }
      learnSecrets(environment, options, { secrets, readFile: (path) => readFileSync(path, 'utf8') });
      const address = typeof flags['address'] === 'string' ? flags['address'] : undefined;
      const client = new AdminClient(adminAddress(environment, options, address), context);
      const missing: string[] = [];
      const entries = await collect({ context, client, doctor, missing }, signal);
      for (const line of missing) note(`${line}\n`);
      await write(stdout, await pack(entries, context));
      return missing.length === 0 ? 0 : 1;
    },
  };
}

interface Collecting {
  readonly context: CommandContext;
  readonly client: AdminClient;
  readonly doctor: SubCommand | undefined;
  readonly missing: string[];
}

async function collect({ context, client, doctor, missing }: Collecting, signal: AbortSignal): Promise<Entry[]> {
  const { program, version, environment, options, clock } = context;
  const about = { program, version, writtenAt: new Date(clock.now()).toISOString(), address: client.address.href };
  const entries: Entry[] = [
    { name: 'about.json', text: jsonOf(about) },
    { name: 'config.json', text: jsonOf(describeConfig(environment, options)) },
  ];
  const answers = await Promise.all(
    ANSWERS.map(async ([name, path]) => ({ name, path, answer: await client.get(path, signal) })),
  );
  for (const { name, path, answer } of answers) {
    // Not ready is an answer as good as another.
    if (answer.ok && (answer.status === 200 || answer.status === 503)) entries.push({ name, text: answer.text });
    else missing.push(`${name}: ${path}: ${answer.ok ? `HTTP ${String(answer.status)}` : answer.why}`);
  }
  const textOf = (wanted: string): string => entries.find(({ name }) => name === wanted)?.text ?? '';
  const status = parseStatus(textOf('statusz.json'), textOf('readyz.json'));
  if (status !== undefined) entries.push({ name: 'status.txt', text: renderStatus(status, clock.now(), PIPE) });
  if (doctor !== undefined) {
    try {
      entries.push({ name: 'doctor.json', text: await findingsOf(doctor, context, signal) });
    } catch (error) {
      signal.throwIfAborted();
      missing.push(`doctor.json: ${describeError(error)}`);
    }
  }
  return missing.length === 0 ? entries : [...entries, { name: 'missing.txt', text: `${missing.join('\n')}\n` }];
}

async function findingsOf(doctor: SubCommand, context: CommandContext, signal: AbortSignal): Promise<string> {
  let text = '';
  await doctor.run({ ...context, flags: { json: true }, write: (part) => (text += part) }, signal);
  return text;
}

/** Without any secret of this process, whoever wrote it down. */
function pack(entries: readonly Entry[], { program, secrets, clock }: CommandContext): Promise<Uint8Array> {
  const mtime = new Date(clock.now());
  return packTar(
    entries.map(({ name, text }) => {
      const body = Buffer.from(secrets.redact(text));
      return {
        header: { name: `${program}-support/${name}`, size: body.byteLength, mode: 0o600, mtime, type: 'file' },
        body,
      };
    }),
  );
}

function jsonOf(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function write(stdout: CommandContext['stdout'], bytes: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  stdout.write(bytes, (error) => (error === undefined || error === null ? resolve(undefined) : reject(error)));
  await promise;
}
