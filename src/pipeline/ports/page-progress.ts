import type { Side } from './bucket-pair.js'
import { StoreError } from './failure.js'

/** Pages without entries in a row. Servers that skip deleted objects send some, but each stands for many keys. */
const EMPTY_AT_MOST = 10_000

/**
 * Recognizes a listing that never ends. Holds one token, whatever the length of the circle: each token is compared with an earlier one,
 * which moves on after 1, 2, 4, 8 … pages (R. P. Brent, "An improved Monte Carlo factorization algorithm", 1980).
 */
export class PageProgress {
  private kept: string | undefined
  private untilKept = 1
  private stride = 1
  private empty = 0

  /** Both for errors. */
  constructor(
    private readonly operation: string,
    private readonly side?: Side,
  ) {}

  /**
   * Call this with each page, before the next one is requested.
   * @throws {StoreError} `MalformedListing` if the page leads back to an earlier one, or if too many pages in a row are empty
   */
  check({ entries, next }: { readonly entries: readonly unknown[]; readonly next?: string | undefined }): void {
    if (next === undefined) return
    if (next === this.kept) throw this.malformed('a page that leads back to an earlier one')
    this.empty = entries.length === 0 ? this.empty + 1 : 0
    if (this.empty > EMPTY_AT_MOST) throw this.malformed(`${this.empty} empty pages in a row`)
    if (--this.untilKept > 0) return
    this.kept = next
    this.untilKept = this.stride *= 2
  }

  private malformed(what: string): StoreError {
    const { operation, side } = this
    const message = `the server answered with ${what}`
    return new StoreError({ kind: 'permanent', operation, code: 'MalformedListing', message, ...(side && { side }) })
  }
}
