/** Whether the endpoint copies by itself from the source's buckets to the target's: assumed where both are one, until it refuses. */
export interface ServerSide {
  usable: boolean
}
