import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the kernel charges to a container. */
export interface MemoryCharge {
  readonly usedBytes: number;
  /** Without what can be given back at once: what kubelet compares with requests and reports. */
  readonly workingSetBytes: number;
}

/** A group of processes with a memory limit, as each container is one. */
export class MemoryCgroup implements AsyncDisposable {
  readonly #folder: string;
  readonly #files: CgroupFiles;

  private constructor(folder: string, files: CgroupFiles) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Makes one below that of this process; undefined where the machine does not let us. */
  static create(name: string, limitBytes: number): MemoryCgroup | undefined {
    for (const { mount, files, line } of VERSIONS) {
      const own = readFileSync('/proc/self/cgroup', 'utf8')
        .split('\n')
        .flatMap((text) => line.exec(text)?.[1] ?? []);
      const folder = join(mount, own[0] ?? '', `castai-${name}-${process.pid}`);
      try {
        mkdirSync(folder);
        // Without the memory controller there is no such file, and cgroupfs makes none.
        if (!existsSync(join(folder, files.limit))) throw new Error('no memory controller');
        writeFileSync(join(folder, files.limit), String(limitBytes));
        return new MemoryCgroup(folder, files);
      } catch {
        if (existsSync(folder)) rmdirSync(folder);
      }
    }
    return undefined;
  }

  /** The command to put in front of one that shall run in it. */
  get launcher(): string[] {
    return ['sh', '-c', `echo $$ > "$0" && exec "$@"`, join(this.#folder, 'cgroup.procs')];
  }

  charge(): MemoryCharge {
    const usedBytes = Number(readFileSync(join(this.#folder, this.#files.used), 'utf8'));
    const statistics = readFileSync(join(this.#folder, 'memory.stat'), 'utf8');
    const inactive = new RegExp(`^${this.#files.inactive} (\\d+)$`, 'mu').exec(statistics)?.[1];
    return { usedBytes, workingSetBytes: usedBytes - Number(inactive) };
  }

  /** Only when its processes have ended; the kernel takes a moment to notice. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt += 1) {
      try {
        return rmdirSync(this.#folder);
      } catch {
        await sleep(50);
      }
    }
  }
}

interface CgroupFiles {
  readonly limit: string;
  readonly used: string;
  readonly inactive: string;
}

const VERSIONS = [
  {
    mount: '/sys/fs/cgroup/memory',
    line: /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/u,
    files: { limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes', inactive: 'total_inactive_file' },
  },
  {
    mount: '/sys/fs/cgroup',
    line: /^0::(.*)$/u,
    files: { limit: 'memory.max', used: 'memory.current', inactive: 'inactive_file' },
  },
];
