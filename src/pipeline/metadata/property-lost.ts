import { StoreError } from '../ports/failure.js'
import type { Loss } from '../ports/object-metadata.js'

/** Whether a retry would not help. */
export function isFinal(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.failure.reason === 'cancelled') return false
  return error.failure.kind === 'permanent' || error.failure.reason === 'not-implemented'
}

/** The failure of an object that loses metadata with `--strict`. */
export function lost(losses: readonly Loss[]): StoreError {
  const message = losses.map(({ property, why }) => `${property} (${why})`).join(', ')
  return new StoreError({
    kind: 'permanent',
    operation: 'Copy',
    code: 'PropertyLost',
    reason: 'metadata-lost',
    message,
    side: 'target',
  })
}
