const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/
const MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `500ms`, `2s`, `1.5m`, `1h` in ms; undefined for anything else. A bare number is none: it does not say what it counts. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit = ''] = DURATION.exec(text) ?? []
  const factor = MS[unit]
  return amount === undefined || factor === undefined ? undefined : Math.round(Number(amount) * factor)
}

/** A whole number without sign, blanks or exponent; undefined for anything else. */
export function parseWhole(text: string): number | undefined {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : undefined
  return number
}
