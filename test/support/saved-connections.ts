import { openConnections } from '../../src/cli/run/open-endpoints.js'
import { fakeProcess } from './fake-process.js'

const STORES = { S3_SYNC_CONNECTION_MY_STORES: 'http://stores' }

/** A process with these connections saved, and one of the environment. */
export async function givenConnections(root: string, saved: readonly string[], env: Readonly<Record<string, string>> = STORES) {
  const { proc, stdout } = fakeProcess({ root, env })
  const book = openConnections(proc, () => undefined)
  if (saved.length > 0)
    await book.save(saved.map((name) => ({ name, endpoint: `http://${name.toLowerCase()}-${saved.indexOf(name)}` })))
  return { proc, book, stdout }
}
