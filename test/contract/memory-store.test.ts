import { MemoryStore } from '../support/memory-store.js'
import { objectStoreContract } from './object-store.js'

objectStoreContract(
  'in memory',
  () => Promise.resolve({ store: new MemoryStore(), close: () => Promise.resolve() }),
  new Set(['ignores-checksums', 'locks-anywhere']),
)
