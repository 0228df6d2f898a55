/** Listers that may be at work beside the first of each pair. */
export class Listers {
  constructor(private free: number) {}

  /** As many as there are, and at most `wanted`. */
  take(wanted: number): number {
    const taken = Math.min(this.free, wanted)
    this.free -= taken
    return taken
  }

  giveBack(count: number): void {
    this.free += count
  }
}
