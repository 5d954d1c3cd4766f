import { grouped } from '@castai/shared/verdict/grouped.ts';

/** `1 node`, `1,727 pods`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
