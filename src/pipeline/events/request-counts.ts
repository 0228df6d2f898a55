/** Number of requests by S3 operation name. */
export type RequestCounts = Readonly<Record<string, number>>

export function addRequests(a: RequestCounts, b: RequestCounts): RequestCounts {
  const sum: Record<string, number> = { ...a }
  for (const [kind, count] of Object.entries(b)) sum[kind] = (sum[kind] ?? 0) + count
  return sum
}
