/** Requests by S3’s names for them. */
export type Requests = Readonly<Record<string, number>>

export function addRequests(a: Requests, b: Requests): Requests {
  const sum: Record<string, number> = { ...a }
  for (const [kind, count] of Object.entries(b)) sum[kind] = (sum[kind] ?? 0) + count
  return sum
}
