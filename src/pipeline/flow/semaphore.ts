import { Observable } from 'rxjs'

/** The worker cap: at most `count` pieces of work run at once, the others wait in the order they came. */
export class Semaphore {
  private readonly waiting = new Set<() => void>()

  private free: number

  constructor(private count: number) {
    this.free = count
  }

  /** Changes how many there are. What runs goes on; a smaller number counts as permits are given back. */
  resize(count: number): void {
    this.free += count - this.count
    this.count = count
    this.next()
  }

  /** `work`, run under a permit: taken when its turn comes after subscribing, given back when it ends in whatever way. Unsubscribing before leaves the queue. */
  hold<T>(work: Observable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
      const take = () => {
        this.waiting.delete(take)
        this.free--
        subscriber.add(() => this.release())
        work.subscribe(subscriber)
      }
      if (this.free > 0) take()
      else {
        this.waiting.add(take)
        subscriber.add(() => this.waiting.delete(take))
      }
    })
  }

  private release(): void {
    this.free++
    this.next()
  }

  private next(): void {
    for (const take of this.waiting) {
      if (this.free <= 0) return
      take()
    }
  }
}
