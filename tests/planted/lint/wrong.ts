import type { Later } from './later.svelte';
import Wrong from './Wrong.svelte';

export const wrong: any = Wrong;
export const seed = Math.random();

export function start(later: Later): void {
  later.come();
  console.log(later.twice as number);
}
