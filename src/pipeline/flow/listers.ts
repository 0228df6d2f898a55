/** Listers available in addition to the first lister of each pair. */
export class Listers {
  constructor(private free: number) {}

  /** Takes as many as are free, at most `wanted`. */
  take(wanted: number): number {
    const taken = Math.min(this.free, wanted)
    this.free -= taken
    return taken
  }

  giveBack(count: number): void {
    this.free += count
  }
}
