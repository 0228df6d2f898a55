import { Observable } from 'rxjs'

/** The worker limit: at most `count` pieces of work run at once, the others wait in first-in, first-out order. */
export class Semaphore {
  private readonly waiting = new Set<() => void>()

  private free: number

  constructor(private count: number) {
    this.free = count
  }

  /** Changes the number of permits. Running work continues; a smaller number takes effect as permits are released. */
  resize(count: number): void {
    this.free += count - this.count
    this.count = count
    this.next()
  }

  /**
   * Runs `work` under a permit, which is taken when its turn comes after subscribing and released when it ends in any way. Unsubscribing
   * earlier leaves the queue.
   */
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
