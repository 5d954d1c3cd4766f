import type { ShippedProgram } from '../scripts/programs.ts';
import { type ImageConfig, IMAGE_PATHS, imageConfig, WARM_ENVIRONMENT, warmCommand } from './image-config.ts';

const SCRIPT = '/warm.ts';

/** The stages of a Dockerfile that make a program's image; the last is called like the program. */
export function dockerStages(program: ShippedProgram, version: string): string {
  const { name } = program;
  const config = imageConfig(program, version);
  const { user } = config;
  return [
    `FROM \${RUNTIME} AS ${name}-config`,
    ...configLines(config),
    '',
    `FROM ${name}-config AS ${name}-warm`,
    `COPY --from=bundle --chown=${user} /files/${name}${IMAGE_PATHS.program} ${IMAGE_PATHS.program}`,
    `COPY images/warm.ts ${SCRIPT}`,
    ...environmentLines(WARM_ENVIRONMENT),
    `RUN ${JSON.stringify(warmCommand(config, SCRIPT))}`,
    '',
    `FROM ${name}-config AS ${name}`,
    `COPY --from=${name}-warm --chown=0:0 ${IMAGE_PATHS.program} ${IMAGE_PATHS.program}`,
  ].join('\n');
}

function configLines({ user, workingDir, environment, labels, entrypoint }: ImageConfig): string[] {
  return [
    ...environmentLines(environment),
    ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${JSON.stringify(value)}`),
    `WORKDIR ${workingDir}`,
    `USER ${user}`,
    `ENTRYPOINT ${JSON.stringify(entrypoint)}`,
  ];
}

function environmentLines(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment).map(([key, value]) => `ENV ${key}=${JSON.stringify(value)}`);
}
