import { assert, type CastaiError, toCastaiError } from '../errors.ts';
import { type AdminServer, startAdminServer } from '../http/admin-server.ts';
import type { FrameConfig, ProgramContext } from './program-context.ts';

/** What a context is made of; the rest follows. */
export type ProgramParts<Config extends FrameConfig> = Omit<
  ProgramContext<Config>,
  'userAgent' | 'startedAtMs' | 'broken' | 'serveAdmin'
>;

/** Runs a program to its end, admin endpoints included. Throws what it throws, or the first bug that it was told of. */
export async function runProgram<Config extends FrameConfig>(
  parts: ProgramParts<Config>,
  run: (context: ProgramContext<Config>) => Promise<void>,
): Promise<void> {
  const { name, version, config, clock, secrets, logger, recentLog, lifecycle } = parts;
  let bug: CastaiError | undefined;
  let admin: AdminServer | undefined;
  const context: ProgramContext<Config> = {
    ...parts,
    userAgent: `${name}/${version}`,
    startedAtMs: clock.now(),
    broken: (error) => {
      bug ??= toCastaiError(error, 'INTERNAL');
      lifecycle.requestDrain(`a bug: ${bug.message}`);
    },
    serveAdmin: async (view) => {
      assert(admin === undefined, 'the admin endpoints are served already');
      const { adminHost: host, adminPort: port } = config;
      admin = await startAdminServer({ ...view, host, port, secrets, logger, recentLog, clock });
      return admin.port;
    },
  };
  try {
    await run(context);
  } finally {
    await admin?.close();
  }
  if (bug !== undefined) throw bug;
}
