// How each tool is told to do each kind of work: with the settings its own documentation calls the fast ones.
import { execFile } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

/**
 * @typedef {import('./endpoints.mjs').Endpoint} Endpoint
 * @typedef {import('./measure.mjs').Call} Call
 *
 * @typedef {object} Work
 * @property {'copy' | 'same' | 'checksum' | 'unchanged'} kind  to another endpoint, within one, to another with a checksum of
 *                                                             every byte, with nothing to copy
 * @property {Endpoint} from
 * @property {Endpoint} to
 * @property {string} bucket   of the source
 * @property {string} target   bucket
 * @property {number} workers
 * @property {boolean} auto    a tool that can finds the number of workers out itself
 * @property {string} home     an empty folder for what a tool keeps
 *
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} command                  in PATH or BENCH_PATH, or an absolute path
 * @property {string[]} version                arguments that make it tell its version
 * @property {(work: Work) => { args: (string | number)[], env?: Record<string, string> } | undefined} call
 *                                             undefined: it can't do that
 *
 * @typedef {{ name: string, version: string, call: (work: Work) => Call | undefined }} FoundTool
 */

export const S3_SYNC = process.env.BENCH_S3_SYNC ?? join(import.meta.dirname, '..', 'dist', 'main.js')

/**
 * @param {Work} work
 * @param {string} program
 */
export function s3syncCall({ from, to, bucket, target, workers, auto, home }, program) {
  const places = [`a:${bucket}`, `${from === to ? 'a' : 'b'}:${target}`]
  return {
    args: [program, ...places, '--workers', auto ? 'auto' : String(workers), '--yes', '--quiet'],
    env: { S3_SYNC_CONNECTION_A: from.login, S3_SYNC_CONNECTION_B: to.login, OPSKIT_TOOL_TEMP_DIR: home },
  }
}

/** @type {Tool} */
const s3sync = {
  name: 's3-sync',
  command: process.execPath,
  version: [S3_SYNC, '--version'],
  call: (work) => s3syncCall(work, S3_SYNC),
}

/**
 * `--checksum` and `--use-server-modtime` spare a HEAD of each object, `no_head` another after its copy, and `no_head_object`
 * one before it within one endpoint (between two, rclone 1.76 then fails on large objects: "sizes differ").
 * @type {Tool}
 */
const rclone = {
  name: 'rclone',
  command: 'rclone',
  version: ['version'],
  call({ kind, from, to, bucket, target, workers, home }) {
    if (kind === 'checksum') return undefined
    const remote = (name, { url, key, secret, region }) =>
      Object.entries({
        type: 's3',
        provider: 'Other',
        endpoint: url,
        access_key_id: key,
        secret_access_key: secret,
        region,
        no_check_bucket: 'true',
        no_head: 'true',
        ...(kind === 'same' && { no_head_object: 'true' }),
      }).map(([option, value]) => [`RCLONE_CONFIG_${name}_${option.toUpperCase()}`, value])
    const fast = ['--checksum', '--fast-list', '--use-server-modtime', '--transfers', workers, '--checkers', workers]
    return {
      args: ['copy', `a:${bucket}`, `${from === to ? 'a' : 'b'}:${target}`, ...fast, '--log-level', 'ERROR'],
      env: Object.fromEntries([...remote('A', from), ...remote('B', to), ['RCLONE_CONFIG', join(home, 'none')]]),
    }
  },
}

/**
 * It has no option for the number of workers: it looks at the machine and at how fast it is.
 * @type {Tool}
 */
const mc = {
  name: 'mc',
  command: 'mc',
  version: ['--version'],
  call({ kind, from, to, bucket, target, home }) {
    const login = ({ login }) => login.replace(/\?.*/, '')
    const checksum = kind === 'checksum' ? ['--checksum', 'CRC64NVME'] : []
    return {
      args: ['--config-dir', home, 'mirror', '--quiet', ...checksum, `a/${bucket}`, `${from === to ? 'a' : 'b'}/${target}`],
      env: { MC_HOST_a: login(from), MC_HOST_b: login(to) },
    }
  },
}

/**
 * It knows one endpoint only.
 * @type {Tool}
 */
const s5cmd = {
  name: 's5cmd',
  command: 's5cmd',
  version: ['version'],
  call({ kind, from, bucket, target, workers }) {
    if (kind !== 'same') return undefined
    return {
      args: ['--endpoint-url', from.url, '--numworkers', workers, '--log', 'error', 'cp', `s3://${bucket}/*`, `s3://${target}/`],
      env: { AWS_ACCESS_KEY_ID: from.key, AWS_SECRET_ACCESS_KEY: from.secret, AWS_REGION: from.region },
    }
  },
}

/**
 * `--disable-tagging` spares a request for each object, `--disable-payload-signing` a SHA-256: s3-sync does neither.
 * @type {Tool}
 */
const rustS3sync = {
  name: 's3sync',
  command: 's3sync',
  version: ['--version'],
  call({ kind, from, to, bucket, target, workers }) {
    const side = (name, { url, key, secret, region }) => [
      ...[`--${name}-endpoint-url`, url, `--${name}-region`, region, `--${name}-force-path-style`],
      ...[`--${name}-access-key`, key, `--${name}-secret-access-key`, secret],
    ]
    const more = {
      copy: [],
      unchanged: [],
      same: ['--server-side-copy'],
      checksum: ['--additional-checksum-algorithm', 'CRC64NVME'],
    }
    const fast = ['--worker-size', workers, '--max-parallel-uploads', workers, '--disable-tagging', '--disable-payload-signing']
    const places = [`s3://${bucket}`, `s3://${target}`]
    return { args: [...side('source', from), ...side('target', to), ...fast, ...more[kind], '--show-no-progress', ...places] }
  },
}

const known = [s3sync, rclone, mc, s5cmd, rustS3sync]
export const toolNames = known.map(({ name }) => name)

/**
 * Those of `names` that are on this machine.
 * @param {string[]} names
 * @returns {Promise<FoundTool[]>}
 */
export async function findTools(names) {
  const here = known.filter(({ name }) => names.includes(name)).map((tool) => ({ ...tool, command: locate(tool.command) }))
  return Promise.all(here.filter(({ command }) => command !== undefined).map(examine))
}

async function examine({ name, command, version, call }) {
  const { stdout } = await promisify(execFile)(command, version)
  return {
    name,
    version: /\b(?:v?\d+\.\d+|RELEASE|DEVELOPMENT)\S*/.exec(stdout)?.[0] ?? '?',
    call(work) {
      const told = call(work)
      return told && { command, args: told.args.map(String), env: told.env }
    },
  }
}

/** Where the shell, or BENCH_PATH before it, finds a command. */
function locate(command) {
  const folders = [process.env.BENCH_PATH, process.env.PATH].flatMap((path) => path?.split(delimiter) ?? []).filter(Boolean)
  return folders.map((folder) => resolve(folder, command)).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
