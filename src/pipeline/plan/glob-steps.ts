/** Positions in a name, from before its first character to after its last: 1 where a part of a glob may begin, or may have ended. */
type Places = Uint8Array

/**
 * A part of a glob: computes where it may end from where it may begin. All positions are followed at once, so the cost is at most the
 * length of the name times that of the glob (the square of the name's length after `!(…)`). Names are untrusted input, and a regular
 * expression with a few stars takes exponential time on some names.
 */
export type GlobStep = (name: string, from: Places) => Places

/** Whether a class contains a character. */
export type Holds = (character: string) => boolean

const SLASH = 0x2f

/** Whether a step matches the whole name. */
export function isWhole(name: string, step: GlobStep): boolean {
  return step(name, only(name, 0))[name.length] === 1
}

/** Literal text. */
export function literal(text: string): GlobStep {
  return (name, from) => {
    const to = none(name)
    for (let at = 0; at + text.length <= name.length; at++)
      if (from[at] === 1 && name.startsWith(text, at)) to[at + text.length] = 1
    return to
  }
}

/** One character other than `/`. */
export function alternatives(holds: Holds): GlobStep {
  return (name, from) => {
    const to = none(name)
    for (let at = 0; at < name.length; at++) {
      if (from[at] !== 1) continue
      const character = String.fromCodePoint(name.codePointAt(at) ?? SLASH)
      if (character !== '/' && holds(character)) to[at + character.length] = 1
    }
    return to
  }
}

/** `*`: any number of characters except `/`. */
export const anyInSegment: GlobStep = (name, from) => {
  const to = none(name)
  let isWithin = false
  for (let at = 0; at <= name.length; at++) {
    isWithin ||= from[at] === 1
    if (isWithin && isBetween(name, at)) to[at] = 1
    if (name.charCodeAt(at) === SLASH) isWithin = false
  }
  return to
}

/** `**`: any number of characters. */
export const anything: GlobStep = (name, from) => {
  const to = none(name)
  const first = from.indexOf(1)
  for (let at = first < 0 ? to.length : first; at <= name.length; at++) if (isBetween(name, at)) to[at] = 1
  return to
}

/** `**` followed by `/`: any number of whole segments. */
export const anySegments: GlobStep = (name, from) => {
  const to = none(name)
  let isBehind = false
  for (let at = 0; at <= name.length; at++) {
    isBehind ||= from[at] === 1
    if (isBehind && (at === 0 || name.charCodeAt(at - 1) === SLASH)) to[at] = 1
  }
  return to
}

/** Matches the empty string. */
export const nothing: GlobStep = (_name, from) => from

/** The steps one after the other. */
export function sequence(steps: readonly GlobStep[]): GlobStep {
  return (name, from) => steps.reduce((at, step) => step(name, at), from)
}

/** Any one of the steps. */
export function anyOf(steps: readonly GlobStep[]): GlobStep {
  return (name, from) => {
    const to = none(name)
    for (const step of steps) add(to, step(name, from))
    return to
  }
}

/** One or more times. */
export function repeated(step: GlobStep): GlobStep {
  return (name, from) => {
    const to = none(name)
    for (let next = step(name, from); ; next = step(name, next)) {
      // Drops positions that were already reached, so the loop ends.
      next = next.map((place, at) => (to[at] === 1 ? 0 : place))
      if (!next.includes(1)) return to
      add(to, next)
    }
  }
}

/** Matches text within a segment that the step does not match. */
export function not(step: GlobStep): GlobStep {
  return (name, from) => {
    const to = none(name)
    for (let begin = 0; begin <= name.length; begin++) {
      if (from[begin] !== 1) continue
      const matched = step(name, only(name, begin))
      const reachable = anyInSegment(name, only(name, begin))
      for (let at = begin; at <= name.length; at++) if (reachable[at] === 1 && matched[at] !== 1) to[at] = 1
    }
    return to
  }
}

function none(name: string): Places {
  return new Uint8Array(name.length + 1)
}

function only(name: string, at: number): Places {
  return none(name).fill(1, at, at + 1)
}

function add(to: Places, others: Places): void {
  for (let at = 0; at < to.length; at++) if (others[at] === 1) to[at] = 1
}

/** Whether a position is not inside a surrogate pair. */
function isBetween(name: string, at: number): boolean {
  const unit = name.charCodeAt(at)
  const isLow = unit >= 0xdc00 && unit < 0xe000
  return !isLow || !isHigh(name.charCodeAt(at - 1))
}

/** The first half of a character above U+FFFF. */
export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00
}
