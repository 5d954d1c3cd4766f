import type { ShippedProgram } from '../scripts/programs.ts';

/** What an image says about how its program starts: the part of an OCI configuration that a Dockerfile sets, too. */
export interface ImageConfig {
  /** `uid:gid`. Numbers, because `runAsNonRoot` cannot tell whether a name is root. */
  readonly user: string;
  readonly workingDir: string;
  /** Node with its options and the bundle: arguments of a pod, such as `doctor`, follow it. */
  readonly entrypoint: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Where things are in an image; Node is where distroless has it. */
export const IMAGE_PATHS = {
  node: '/nodejs/bin/node',
  program: '/app',
  main: '/app/main.mjs',
  compileCache: '/app/compile-cache',
  notices: '/app/THIRD-PARTY-NOTICES',
} as const;

/** The configuration of a program's image, for `umoci` and for the Dockerfile alike. */
export function imageConfig(program: ShippedProgram, version: string): ImageConfig {
  return {
    user: `${program.uid}:${program.uid}`,
    workingDir: IMAGE_PATHS.program,
    entrypoint: [IMAGE_PATHS.node, ...program.imageNodeFlags, IMAGE_PATHS.main],
    environment: { ...program.environment, NODE_COMPILE_CACHE: IMAGE_PATHS.compileCache },
    labels: {
      'org.opencontainers.image.title': `castai-${program.name}`,
      'org.opencontainers.image.description': program.description,
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'Apache-2.0',
    },
  };
}

/**
 * The command that fills the compile cache, run in the image as its user. The size of the heap, which depends on the container's limit,
 * is not among what V8 recognises its code by; other options are.
 */
export function warmCommand({ entrypoint }: ImageConfig, script: string): string[] {
  return [IMAGE_PATHS.node, script, ...entrypoint];
}

/** What the script of `warmCommand` is started with besides: its own code is not for the cache. It takes this back for the program. */
export const WARM_ENVIRONMENT = { NODE_DISABLE_COMPILE_CACHE: '1' } as const;
