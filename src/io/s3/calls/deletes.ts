import { createHash } from 'node:crypto'
import { type Failure, StoreError } from '../../../pipeline/ports/failure.js'
import type { NotDeleted, ObjectStore } from '../../../pipeline/ports/object-store.js'
import { withReason } from '../../failure-reasons.js'
import { firstLine, kindOf, ownFailure } from '../answers/failure-kinds.js'
import type { Requests } from '../http/s3-client.js'
import { NO_BATCH_DELETES, NOT_IN_XML, SAME_CODE } from '../quirks.js'
import { escapeXml } from '../xml/entities.js'
import { readXml, textIn, type XmlElement } from '../xml/read-xml.js'

const OPERATION = 'DeleteObjects'

/** Longest answer, bytes: it names each of up to 1 000 keys, each of up to 1 024 bytes, escaped. */
const LONG = 16 * 2 ** 20
/** Longest answer without content, bytes. */
const SHORT = 64 * 1024

/** Codes of S3's statuses from 500 on (S3 API reference, error responses): inside an answer with status 200 only they say so. */
const TROUBLE_OF_SERVER: ReadonlySet<string> = new Set(['InternalError', 'ServiceUnavailable'])

/** How many single deletes of a call run at once. */
const SINGLES_AT_ONCE = 8

/**
 * Deleting; see {@link ObjectStore}. One request deletes many keys; it has an MD5, which some servers require and none refuses. Keys that
 * XML can't hold are deleted one by one, and so are all keys if the server has no DeleteObjects.
 */
export function deleteCalls(requests: Requests): Pick<ObjectStore, 'deleteObjects'> {
  let knowsBatches = true
  type Call = Parameters<ObjectStore['deleteObjects']>[0]

  async function inOne({ bucket, keys, signal }: Call): Promise<readonly NotDeleted[]> {
    const objects = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join('')
    const body = Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}</Delete>`)
    const headers = [
      ...['content-length', String(body.length), 'content-type', 'application/xml'],
      ...['content-md5', createHash('md5').update(body).digest('base64')],
    ]
    const asked = { operation: OPERATION, method: 'POST', bucket, query: 'delete=', headers, body, hashed: true } as const
    const { status, content } = await requests.send({ ...asked, signal, gather: LONG })
    return readAnswer(content instanceof Uint8Array ? readXml(content) : undefined, keys, status)
  }

  async function one({ bucket, signal }: Call, key: string): Promise<readonly NotDeleted[]> {
    try {
      await requests.send({ operation: 'DeleteObject', method: 'DELETE', bucket, key, signal, gather: SHORT })
      return []
    } catch (error) {
      if (!(error instanceof StoreError) || signal.aborted) throw error
      return error.failure.code === 'NoSuchKey' ? [] : [{ key, failure: error.failure }]
    }
  }

  async function oneByOne(call: Call, keys: readonly string[]): Promise<readonly NotDeleted[]> {
    const left = keys.values()
    const failures: NotDeleted[] = []
    const worker = async (): Promise<void> => {
      for (const key of left) failures.push(...(await one(call, key)))
    }
    await Promise.all(Array.from({ length: SINGLES_AT_ONCE }, worker))
    return failures
  }

  return {
    async deleteObjects(call) {
      const plain = call.keys.filter((key) => !NOT_IN_XML.test(key))
      const odd = plain.length === call.keys.length ? [] : call.keys.filter((key) => NOT_IN_XML.test(key))
      const failures = [...(await oneByOne(call, odd))]
      if (plain.length === 0) return failures
      if (knowsBatches) {
        try {
          return [...failures, ...(await inOne({ ...call, keys: plain }))]
        } catch (error) {
          if (!(error instanceof StoreError) || !knowsNoBatches(error.failure)) throw error
          knowsBatches = false
        }
      }
      return [...failures, ...(await oneByOne(call, plain))]
    },
  }
}

function knowsNoBatches({ code, reason }: Failure): boolean {
  return reason === 'not-implemented' || reason === 'not-allowed' || NO_BATCH_DELETES.has(code)
}

/** The answer must mention every key: a key that it omits counts as not deleted. */
function readAnswer(answer: XmlElement | undefined, keys: readonly string[], status: number): readonly NotDeleted[] {
  if (answer?.name !== 'DeleteResult') throw unreadable('something that is no result of deleting')
  const failures: NotDeleted[] = []
  const unheard = new Set(keys)
  for (const about of answer.children.filter(({ name }) => name === 'Deleted' || name === 'Error')) {
    const key = textIn(about, 'Key')
    if (key === undefined || !unheard.delete(key)) throw unreadable('a key that was not asked about')
    if (about.name === 'Deleted') continue
    const told = textIn(about, 'Code') ?? 'UnknownError'
    const code = SAME_CODE[told] ?? told
    if (code === 'NoSuchKey') continue
    const message = firstLine(textIn(about, 'Message') ?? code)
    // The error is inside an answer with status 200; that status alone would mean a cut answer.
    const kind = TROUBLE_OF_SERVER.has(code) ? 'transient' : kindOf(code, status === 200 ? 400 : status)
    failures.push({ key, failure: withReason({ kind, operation: OPERATION, code, message }) })
  }
  for (const key of unheard) failures.push({ key, failure: ownFailure(OPERATION, 'NotAnswered', 'the server passed it over') })
  return failures
}

function unreadable(what: string): StoreError {
  return new StoreError(ownFailure(OPERATION, 'MalformedAnswer', `the server answered with ${what}`, 'transient'))
}
