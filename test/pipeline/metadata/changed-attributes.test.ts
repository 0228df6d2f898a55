import { describe, expect, it, jest } from '@jest/globals'
import type { AttributeRule } from '../../../src/pipeline/plan/attribute-rules.js'
import { KEEP } from '../../../src/pipeline/plan/metadata-policy.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import type { ObjectAttributes } from '../../../src/pipeline/ports/objects.js'
import { MemoryStore } from '../../support/memory-store.js'
import { fileCalls } from '../../support/file-calls.js'
import { ofType, pair, place, VirtualWorld } from '../harness.js'

const PAGE: ObjectAttributes = {
  contentType: 'text/html',
  cacheControl: 'max-age=60',
  contentLanguage: 'de',
  metadata: { title: 'A', team: 'web' },
}
const RULES: readonly AttributeRule[] = [
  { glob: '*.html', attribute: { header: 'cacheControl' }, value: 'no-cache' },
  { attribute: { metadata: 'team' }, value: 'ops' },
  { attribute: { header: 'contentLanguage' }, value: '' },
]
const COPIED: ObjectAttributes = { contentType: 'text/html', cacheControl: 'no-cache', metadata: { title: 'A', team: 'ops' } }
const SETTING: Partial<SyncPlan> = { metadataPolicy: { ...KEEP, attributes: RULES } }

const IN_PARTS = { partThreshold: 2 ** 20, partSize: 5 * 2 ** 20, largestCopy: 2 ** 20 }
/** Too large to be gathered. */
const LARGE = 'x'.repeat(2 ** 20 + 1)

/** One store with a page in `here`; the same store is the target, so that it may copy on its own. */
function oneStore(content = 'page') {
  const store = new MemoryStore().seed('here', 'site/a.html', content, { attributes: PAGE })
  return { store, world: new VirtualWorld(store, store), plan: { ...SETTING, pairs: [pair('here', 'there')] } }
}

describe('--set-header and --set-metadata reach the target', () => {
  it.each<[way: string, Partial<SyncPlan>, content: string, method: 'put' | 'copy' | 'uploadPart' | 'copyPart']>([
    ['by a single PUT', {}, 'page', 'put'],
    ['in parts', IN_PARTS, LARGE, 'uploadPart'],
    ['by a server-side copy', { serverSideCopy: true }, 'page', 'copy'],
    ['by a server-side copy in parts', { ...IN_PARTS, serverSideCopy: true }, LARGE, 'copyPart'],
    ['with all versions', { versions: true }, 'page', 'put'],
  ])('%s, and nothing counts as lost', async (_way, way, content, method) => {
    const { store, world, plan } = oneStore(content)
    const events = await world.run({ ...plan, ...way })
    expect(store.object('there', 'site/a.html')?.attributes).toEqual(COPIED)
    expect(store.calls.get(method)).toBe(1)
    expect(ofType(events, 'properties-lost')).toEqual([])
  })

  it('by a server-side copy: only the objects that a rule concerns need a HEAD', async () => {
    const store = new MemoryStore().seed('here', 'a.html', 'a', { attributes: PAGE })
    for (const key of ['b', 'c', 'd']) store.seed('here', key, key, { attributes: PAGE })
    const world = new VirtualWorld(store, store)
    const heads = jest.spyOn(store, 'head').mock.calls
    const metadataPolicy = { ...KEEP, attributes: RULES.slice(0, 1) }
    await world.run({ serverSideCopy: true, pairs: [pair('here', 'there')], metadataPolicy, workers: 1 })
    // `b` stands for the others, which need no HEAD (see "server-side copies").
    expect(heads.flatMap(([{ bucket, key }]) => (bucket === 'here' ? [key] : []))).toEqual(['a.html', 'b'])
    expect([store.object('there', 'a.html')?.attributes.cacheControl, store.object('there', 'b')?.attributes]).toEqual([
      'no-cache',
      PAGE,
    ])
  })

  it('globs match the key below the prefix of SOURCE', async () => {
    const { store, world } = oneStore()
    const attributes: AttributeRule[] = [{ glob: '/a.html', attribute: { header: 'cacheControl' }, value: 'no-store' }]
    await world.run({
      metadataPolicy: { ...KEEP, attributes },
      pairs: [{ source: place('here', 'site'), target: place('there') }],
    })
    expect(store.object('there', 'a.html')?.attributes.cacheControl).toBe('no-store')
  })

  it('a backup keeps what the object had', async () => {
    const { store, world, plan } = oneStore()
    store.seed('there', 'site/a.html', 'older', { attributes: PAGE })
    for (const serverSideCopy of [false, true])
      await world.run({ ...plan, serverSideCopy, backupPrefix: 'old', compare: 'always' })
    expect(store.object('there', 'old/site/a.html')?.attributes).toEqual(PAGE)
  })
})

describe('a later run', () => {
  it('copies nothing: neither because of the rules, nor because the metadata differs from the source', async () => {
    const { store, world, plan } = oneStore()
    await world.run(plan)
    // The source is newer with equal bytes: the metadata is compared.
    store.seed('here', 'site/a.html', 'page', { attributes: PAGE })
    const events = await world.run(plan)
    expect(ofType(events, 'object-skipped').map(({ reason }) => reason)).toEqual(['unchanged'])
    expect(await verified(world, plan)).toEqual([])
  })

  it('copies an unchanged object only with --compare always', async () => {
    const { store, world, plan } = oneStore()
    await world.run({ pairs: plan.pairs })
    await world.run(plan)
    expect(store.object('there', 'site/a.html')?.attributes).toEqual(PAGE)
    await world.run({ ...plan, compare: 'always' })
    expect(store.object('there', 'site/a.html')?.attributes).toEqual(COPIED)
  })

  it('finds other metadata than the rules give', async () => {
    const { store, world, plan } = oneStore()
    await world.run({ pairs: plan.pairs })
    store.seed('here', 'site/a.html', 'page', { attributes: PAGE })
    expect(await verified(world, plan)).toEqual(['metadata'])
    expect(ofType(await world.run(plan), 'object-copied').map(({ reason }) => reason)).toEqual(['metadata'])
  })

  const verified = async (world: VirtualWorld, plan: Partial<SyncPlan>) =>
    ofType(await world.run({ ...plan, verifies: { deep: false }, verifiesOnly: true }), 'object-different').map(
      ({ difference }) => difference,
    )
})

describe('to a directory', () => {
  it('nothing changes, which a notice says', async () => {
    const target = Object.assign(new MemoryStore({ hasNoMetadata: true }), { files: fileCalls({}) })
    const world = new VirtualWorld(new MemoryStore().seed('media', 'a.html', 'page', { attributes: PAGE }), target)
    const events = await world.run(SETTING)
    expect(target.object('media', 'a.html')?.attributes).toEqual(PAGE)
    expect(ofType(events, 'notice-given').map(({ code }) => code)).toEqual(['AttributesUnused'])
  })
})
