// Where objects come from and go to: endpoints that were given, or beds (see BENCH_BED in the README) started here.
import { spawn, execFile } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { bedStore, isBed } from './bed-store.mjs'
import { s3Store } from './s3-store.mjs'

/**
 * @typedef {object} Endpoint
 * @property {string} url       scheme, host and port
 * @property {string} key
 * @property {string} secret
 * @property {string} region
 * @property {string} login     the url with key, secret and region in it, as S3_SYNC_CONNECTION_… takes it
 * @property {Store} store      what the bench itself asks of it
 *
 * @typedef {object} Store what the bench does to an endpoint; the tools never see it
 * @property {(bucket: string, objects: number, size: number) => Promise<void>} fill  the bucket holds exactly these
 * @property {(bucket: string) => Promise<void>} clear                                the bucket is there and empty
 * @property {(bucket: string) => Promise<{ objects: number, bytes: number, digest: string }>} count  the digest is of keys and ETags
 * @property {() => Promise<Record<string, number> | undefined>} requests             so far, by kind; undefined where nobody counts
 */

// Beds, and runs under way, are ended by the event `exit`, which a signal alone does not cause.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

/** @param {string} given `http://KEY:SECRET@HOST:PORT?region=…` */
export async function endpoint(given) {
  const { origin, username, password, searchParams, protocol, host } = new URL(given)
  const key = decodeURIComponent(username) || 'testkey'
  const secret = decodeURIComponent(password) || 'testsecret'
  const region = searchParams.get('region') ?? 'us-east-1'
  const login = `${protocol}//${encodeURIComponent(key)}:${encodeURIComponent(secret)}@${host}?region=${region}`
  const place = { url: origin, key, secret, region, login }
  return { ...place, store: (await isBed(origin)) ? bedStore(origin) : s3Store(place) }
}

/**
 * Two beds with these flags, until `stop` is called or this process ends.
 * @param {string} binary
 * @param {string[]} flags
 */
export async function startBeds(binary, flags = []) {
  const beds = await Promise.all(['source', 'target'].map(() => startBed(binary, flags)))
  return { endpoints: beds.map((bed) => bed.endpoint), stop: () => beds.forEach((bed) => bed.stop()) }
}

async function startBed(binary, flags) {
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(binary, ['-addr', address, ...flags], { stdio: 'ignore' })
  const stop = () => child.kill()
  process.once('exit', stop)
  child.once('exit', () => process.off('exit', stop))
  for (let attempt = 0; !(await isBed(`http://${address}`)); attempt++) {
    if (child.exitCode !== null || attempt === 100) throw new Error(`${binary} does not answer on ${address}`)
    await sleep(100)
  }
  return { endpoint: await endpoint(`http://${address}`), stop }
}

/**
 * The binary of bed, compiled if `named` is the folder of its source.
 * @param {string} named
 */
export async function bedBinary(named) {
  if (!statSync(named).isDirectory()) return named
  const folder = mkdtempSync(join(tmpdir(), 'bench-bed-'))
  process.once('exit', () => rmSync(folder, { recursive: true }))
  const binary = join(folder, 'bed')
  await promisify(execFile)('go', ['build', '-o', binary, '.'], { cwd: named })
  return binary
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}
