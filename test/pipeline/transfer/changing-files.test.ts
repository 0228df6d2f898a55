import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLocalStore } from '../../../src/io/local/store.js'
import { asBody } from '../../../src/pipeline/ports/body.js'
import { delegate } from '../../../src/pipeline/ports/wrap-store.js'
import type { ObjectStore } from '../../../src/pipeline/ports/object-store.js'
import type { Body, Content } from '../../../src/pipeline/ports/objects.js'
import { MemoryStore } from '../../support/memory-store.js'
import { ofType, place, VirtualWorld } from '../harness.js'

const base = mkdtempSync(join(tmpdir(), 's3-sync-changing-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const MiB = 2 ** 20
const OLD = Buffer.alloc(3 * MiB, 'old ')
const NEW = Buffer.alloc(3 * MiB, 'new ')
/** So that a file of this size is streamed, or copied in parts. */
const STREAMED = { maxMemory: MiB }
const IN_PARTS = { ...STREAMED, partThreshold: MiB, largestCopy: MiB, partSize: MiB }

let root: string
let file: string
beforeEach(async () => {
  root = mkdtempSync(join(base, 'root-'))
  file = join(root, 'file')
  writeFileSync(file, OLD)
  // File times advance in steps of some milliseconds: the next change must have another time.
  await sleep(50)
})

const changes = {
  'another file is renamed over it': () => {
    writeFileSync(`${file}.new`, NEW)
    renameSync(`${file}.new`, file)
  },
  'another file of the same time and size is renamed over it': () => {
    const { mtime } = statSync(file)
    writeFileSync(`${file}.new`, NEW)
    utimesSync(`${file}.new`, mtime, mtime)
    renameSync(`${file}.new`, file)
  },
  'it is written to': () => {
    writeFileSync(file, NEW)
  },
  'it is written to, and its time is put back': () => {
    const { mtime } = statSync(file)
    writeFileSync(file, NEW)
    utimesSync(file, mtime, mtime)
  },
}

/** A body that runs a step before its last bytes, if it has more than one chunk. */
function tampered(content: Content, step: () => void): Content {
  if (content instanceof Uint8Array) return content
  const body: Body = {
    async *[Symbol.asyncIterator]() {
      let isFirst = true
      for await (const chunk of asBody(content)) {
        yield chunk
        if (isFirst) step()
        isFirst = false
      }
    },
    destroy: (error) => content.destroy(error),
  }
  return body
}

const inTransit = (given: ObjectStore, step: () => void): ObjectStore => {
  const store = delegate(given, (call) => call)
  const { multipart } = store
  return {
    ...store,
    put: (request) => store.put({ ...request, body: tampered(request.body, step) }),
    multipart: multipart && {
      ...multipart,
      uploadPart: (request) =>
        multipart.uploadPart(request.number === 3 ? { ...request, body: tampered(request.body, step) } : request),
    },
  }
}

/** Runs a step after a write has finished, before its answer arrives. */
const late = (given: ObjectStore, step: () => void): ObjectStore => {
  const store = delegate(given, (call) => call)
  const { multipart, serverSideCopies } = store
  const then = async <T>(answer: Promise<T>): Promise<T> => {
    const answered = await answer
    step()
    return answered
  }
  return {
    ...store,
    put: (request) => then(store.put(request)),
    multipart: multipart && { ...multipart, completeUpload: (request) => then(multipart.completeUpload(request)) },
    serverSideCopies: serverSideCopies && { ...serverSideCopies, copy: (request) => then(serverSideCopies.copy(request)) },
  }
}

const open = () => openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: false, own: [] })

/** Copies the directory to a bucket, or to another directory; returns the copy of the file, and the events. */
async function copied(plan: object, target: 'bucket' | 'directory', wrap: (store: ObjectStore) => ObjectStore) {
  const memory = new MemoryStore().seed('t', 'x', '')
  const world = new VirtualWorld(memory, memory)
  const to = target === 'bucket' ? 't' : mkdtempSync(join(base, 'to-'))
  const stores = { source: open(), target: wrap(target === 'bucket' ? memory : open()) }
  const events = await world.run({ ...plan, pairs: [{ source: place(root), target: place(to) }] }, stores)
  return {
    is: target === 'bucket' ? memory.object('t', 'file')?.bytes : readFileSync(join(to, 'file')),
    copied: ofType(events, 'object-copied').length,
    retried: ofType(events, 'attempt-failed').map(({ failure }) => failure.kind),
    failed: ofType(events, 'object-failed').map(({ failure, attempts }) => `${failure.code} after ${attempts}`),
  }
}

const once = (step: () => void): (() => void) => {
  let isDone = false
  return () => {
    if (!isDone) step()
    isDone = true
  }
}

describe('a file that changes while it is copied is copied again, so that the target has the final content', () => {
  const ways = [
    ['in one piece', { maxMemory: 64 * MiB }, 'bucket', 'before the answer', late],
    ['as a stream', STREAMED, 'bucket', 'while it is read', inTransit],
    ['as a stream', STREAMED, 'bucket', 'before the answer', late],
    ['in parts', IN_PARTS, 'bucket', 'in its last part', inTransit],
    ['in parts', IN_PARTS, 'bucket', 'before the answer', late],
    ['between directories', { ...STREAMED, serverSideCopy: true }, 'directory', 'before the answer', late],
    ['between directories, in parts', { ...IN_PARTS, serverSideCopy: true }, 'directory', 'before the answer', late],
  ] as const
  describe.each(ways)('%s', (_how, plan, target, _when, way) => {
    it.each(Object.entries(changes))(`${_when}: %s`, async (_what, change) => {
      const { is, ...others } = await copied(plan, target, (store) => way(store, once(change)))
      expect(others).toMatchObject({ copied: 1, retried: expect.arrayContaining(['changed']), failed: [] })
      expect(is?.equals(NEW)).toBe(true)
    })
  })

  it('a file whose permissions change is copied once more, without other effects', async () => {
    const later = once(() => chmodSync(file, 0o600))
    const result = await copied(STREAMED, 'bucket', (store) => late(store, later))
    expect(result).toMatchObject({ copied: 1, retried: ['changed'], failed: [] })
  })

  it('a file that does not change is copied once', async () => {
    const result = await copied(STREAMED, 'bucket', (store) => store)
    expect(result).toMatchObject({ copied: 1, retried: [], failed: [] })
  })

  it('a file that changes all the time fails when its retries are used up', async () => {
    let writes = 0
    const changing = (store: ObjectStore) => late(store, () => writeFileSync(file, 'x'.repeat(++writes)))
    const { retried, failed } = await copied({ retries: 3 }, 'bucket', changing)
    expect([retried, failed]).toEqual([['changed', 'changed', 'changed'], ['SourceChanged after 4']])
  })

  it('a file that is deleted is reported as failed', async () => {
    const later = once(() => rmSync(file))
    const { failed } = await copied(STREAMED, 'bucket', (store) => late(store, later))
    expect(failed).toEqual(['NoSuchKey after 2'])
  })
})
