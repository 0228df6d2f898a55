import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from '../../src/io/local/store.js'
import { BARE } from '../support/servers.js'
import { objectStoreContract } from './object-store.js'

objectStoreContract(
  'directories',
  () => {
    const root = mkdtempSync(join(tmpdir(), 's3-sync-contract-'))
    const options = { followLinks: false, followLinksFrom: false, keepTimes: true, own: [] } as const
    const store = openLocalStore(options)
    const close = (): Promise<void> => {
      store.close()
      rmSync(root, { recursive: true, force: true })
      return Promise.resolve()
    }
    return Promise.resolve({ store, bucketNamed: (name: string) => join(root, name), close })
  },
  new Set(['is-a-directory', 'folds-slashes', 'no-slash-siblings', 'no-long-names', ...BARE]),
)
