import { StoreError } from './errors.js'

/** Awaits a call to one side, so that its failure tells which side it was. */
export async function sided<T>(side: 'source' | 'target', call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw error instanceof StoreError && error.failure.side === undefined ? error.at(side) : error
  }
}
