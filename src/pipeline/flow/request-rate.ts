/** How long answers are counted before the rate is adjusted, ms: rate limits are per second. */
const WINDOW = 1_000
/** So many refusals without a success between them show that the server accepts nothing more in this second. */
const EXHAUSTED = 40
/** Fewer answers than this, with refusals among them, are counted for longer. */
const ENOUGH = 10
const LONGEST_WINDOW = 5_000
/** While fewer requests/s than this are sent, and less than half of what the rate allows, no rate is found: what is accepted depends on the demand. */
const FEW = 50
/** The share of refusals, above those at random, from which the rate is reduced: while it is unlimited, and once a limit is known. */
const TOLERATED = 0.1
const TOLERATED_WHEN_LIMITED = 0.02
/** The rate is reduced to a bit less than what the server accepted. */
const BELOW_ACCEPTED = 0.95
/** After a cut, the rate grows by this share, and by twice as much in each further window, up to twofold. */
const FIRST_GROWTH = 0.025
const FASTEST_GROWTH = 1
/** It grows faster after cuts to less than half, which may have been too deep. */
const GROWTH_AFTER_DEEP_CUT = 0.25
/** So many cuts in a row without fewer refusals show that these do not depend on the rate: a first cut may follow a burst that the server allowed. */
const IN_VAIN = 2
/** A larger share of refusals is never taken for random: the server accepts almost nothing. */
const RANDOM_AT_MOST = 0.9
const NEGLIGIBLE = 0.01
/** requests/s; more than {@link OUT_OF_REACH} are never sent, so that a higher rate is none. */
const SLOWEST = 1
const OUT_OF_REACH = 20_000

export type Outcome = 'accepted' | 'throttled'

/**
 * The request rate that a server accepts, learned from its answers: additive increase, multiplicative decrease, with two differences to
 * that of TCP. It falls to the rate that was accepted, which is known. And it distinguishes refusals that a lower rate prevents from those
 * at random: if cuts do not change the share of refusals, they are undone, and that share is expected from then on.
 */
export class RequestRate {
  /** requests/s; infinite until too many are refused */
  perSecond = Number.POSITIVE_INFINITY
  /** No request should start before this time, ms: the server would refuse it as well. */
  pausedUntil = Number.NEGATIVE_INFINITY
  /** The number of changes so far that make answers to earlier requests meaningless. */
  round = 0
  private accepted = 0
  private refused = 0
  private refusedInARow = 0
  /** The share of refusals that is expected at any rate. */
  private random = 0
  private growth = FIRST_GROWTH
  /** The window before this one, if the rate was not cut in between. */
  private previous: { readonly since: number; readonly accepted: number } | undefined
  /** Cuts in a row: the rate before, how many, and the share of refusals before the last one. */
  private cuts: { readonly from: number; readonly count: number; readonly share: number } | undefined

  /** @param since the current time, ms */
  constructor(private since: number) {}

  /** Call this with the outcome of each request. @param now ms @param round the value of {@link round} when the request started */
  heard(outcome: Outcome, now: number, round: number): void {
    if (round !== this.round) return
    if (outcome === 'accepted') this.accepted++
    else this.refused++
    this.refusedInARow = outcome === 'accepted' ? 0 : this.refusedInARow + 1
    const elapsed = now - this.since
    const isEnough = this.refused === 0 || this.asked >= ENOUGH || elapsed >= LONGEST_WINDOW
    if (this.refusedInARow >= EXHAUSTED) this.reduce(now, true)
    else if (elapsed >= WINDOW && isEnough) this.adjust(now)
  }

  private get asked(): number {
    return this.accepted + this.refused
  }

  private get share(): number {
    return this.refused / this.asked
  }

  private get isUnlimited(): boolean {
    return this.perSecond === Number.POSITIVE_INFINITY
  }

  private get isTooMuch(): boolean {
    const { asked, random } = this
    const tolerated = this.isUnlimited ? TOLERATED : TOLERATED_WHEN_LIMITED
    const expected = asked * (random + tolerated * (1 - random))
    return this.refused > expected + 3 * Math.sqrt(asked * random * (1 - random))
  }

  private adjust(now: number): void {
    const perSecond = (this.asked / (now - this.since)) * 1_000
    if (perSecond < Math.min(FEW, this.perSecond / 2)) {
      this.begin(now)
      return
    }
    if (this.isTooMuch) {
      this.reduce(now, false)
      return
    }
    this.previous = { since: this.since, accepted: this.accepted }
    if (this.random > 0) this.random += (this.share - this.random) / 4
    if (this.random < NEGLIGIBLE) this.random = 0
    const grown = this.perSecond * (1 + this.growth)
    this.perSecond = grown > OUT_OF_REACH ? Number.POSITIVE_INFINITY : grown
    this.growth = Math.min(FASTEST_GROWTH, this.growth * 2)
    if (this.asked >= ENOUGH) this.cuts = undefined
    this.begin(now)
  }

  private reduce(now: number, isExhausted: boolean): void {
    const { cuts, share, perSecond, isUnlimited } = this
    if (isExhausted) this.cuts = undefined
    else if (cuts === undefined || share <= cuts.share / 2) this.cuts = { from: perSecond, count: 1, share }
    else if (cuts.count < IN_VAIN || share > RANDOM_AT_MOST) this.cuts = { ...cuts, count: cuts.count + 1, share }
    else {
      this.restore(cuts.from, now)
      return
    }
    const accepted = this.acceptedPerSecond(now, isExhausted)
    const fitting = accepted === 0 ? Math.min(perSecond, this.asked) / 2 : (accepted / (1 - this.random)) * BELOW_ACCEPTED
    this.perSecond = Math.max(SLOWEST, Math.min(perSecond, fitting))
    const isDeep = !isUnlimited && this.perSecond <= perSecond / 2
    this.growth = isDeep ? Math.min(FASTEST_GROWTH, this.growth + GROWTH_AFTER_DEEP_CUT) : FIRST_GROWTH
    if (isExhausted) this.pausedUntil = isUnlimited ? now + WINDOW : this.since + WINDOW
    this.round++
    this.previous = undefined
    this.begin(Math.max(now, this.pausedUntil))
  }

  private restore(perSecond: number, now: number): void {
    this.random = this.share
    this.perSecond = perSecond
    this.growth = GROWTH_AFTER_DEEP_CUT
    this.cuts = undefined
    this.begin(now)
  }

  /**
   * Before the first cut, what a server accepted until its limit was exhausted is all of its second; later, requests come at a limited rate,
   * so that the time counts in which they were accepted.
   */
  private acceptedPerSecond(now: number, isExhausted: boolean): number {
    if (!isExhausted || this.isUnlimited) return (this.accepted / Math.max(WINDOW, now - this.since)) * 1_000
    const { since, accepted } = this.previous ?? { since: this.since, accepted: 0 }
    return ((accepted + this.accepted) / Math.max(1, now - since)) * 1_000
  }

  private begin(since: number): void {
    this.since = since
    this.accepted = 0
    this.refused = 0
    this.refusedInARow = 0
  }
}
