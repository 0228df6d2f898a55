/** A run's id, e.g. `20261123-213000-3f9a`: ids sort by the start of the runs. `now` in ms (UTC), `random` in [0, 1). */
export function runId(now: number, random: () => number): string {
  const [date = '', time = ''] = new Date(now).toISOString().replaceAll(/[-:]/g, '').split('T')
  const tail = Math.floor(random() * 0x10000)
  return `${date}-${time.slice(0, 6)}-${tail.toString(16).padStart(4, '0')}`
}
