/** A module with runes: what others know of its types comes from its rewriting. */
export class Later {
  value = $state(0);
  readonly twice = $derived(2 * this.value);

  async come(): Promise<number> {
    await Promise.resolve();
    return this.twice;
  }

  start(): void {
    this.come();
  }
}
