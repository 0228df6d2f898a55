import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Headers } from '../http/sigv4.js'
import { refusesHeader } from '../quirks.js'
import type { OnNotice } from './notice.js'

const NONE: Headers = []

/** A request header that only some servers know: sent until the server refuses it. */
export class OptionalHeader {
  private readonly pair: Headers
  private isRefused = false

  /** @param lost what requests without the header do not tell, for the notice */
  constructor(
    private readonly name: string,
    value: string,
    private readonly lost: string,
    private readonly onNotice: OnNotice,
  ) {
    this.pair = [name, value]
  }

  /** Sends a request with the header. If the server refuses it, sends this request and all later ones without. */
  async send<T>(send: (headers: Headers) => Promise<T>): Promise<T> {
    if (this.isRefused) return send(NONE)
    try {
      return await send(this.pair)
    } catch (error) {
      if (!(error instanceof StoreError) || !refusesHeader(error.failure, this.name)) throw error
      const answer = await send(NONE)
      this.drop(error.failure.code)
      return answer
    }
  }

  private drop(code: string): void {
    if (this.isRefused) return
    this.isRefused = true
    this.onNotice('HeaderRefused', `The server refuses the header ${this.name} (${code}); ${this.lost}.`)
  }
}
