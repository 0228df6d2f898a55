import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { CERTIFICATE, CERTIFICATE_KEY } from '../io/s3/http/certificate.js'

/** The path of the MinIO program, for tests that need their own server. */
export function minioProgram(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const program = env['S3_SYNC_TEST_MINIO']
  const isRequired = (env['S3_SYNC_REQUIRE_SERVERS'] ?? '').split(',').includes('minio')
  if (program === undefined && isRequired) throw new Error('S3_SYNC_TEST_MINIO names no program, and minio is required')
  return program
}

/** Starts a MinIO with TLS, without which it accepts no customer-provided keys. Its certificate is {@link CERTIFICATE}. */
export async function startSecureMinio(program: string): Promise<{ readonly host: string; stop(): Promise<void> }> {
  const root = mkdtempSync(join(tmpdir(), 's3-sync-minio-'))
  const certificates = join(root, 'certs')
  for (const directory of [certificates, join(root, 'data')]) await mkdir(directory)
  await writeFile(join(certificates, 'public.crt'), CERTIFICATE)
  await writeFile(join(certificates, 'private.key'), CERTIFICATE_KEY)
  const host = `127.0.0.1:${await freePort()}`
  const server = spawn(program, ['server', join(root, 'data'), '--address', host, '--certs-dir', certificates], {
    env: {
      PATH: process.env['PATH'],
      HOME: root,
      MINIO_ROOT_USER: 'test-key',
      MINIO_ROOT_PASSWORD: 'minio-secret-5f1c',
      MINIO_BROWSER: 'off',
    },
    stdio: 'ignore',
  })
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    server.kill()
    await ended
    rmSync(root, { recursive: true, force: true })
  }
  const deadline = Date.now() + 30_000
  while (!(await answers(host))) {
    if (Date.now() < deadline && server.exitCode === null) continue
    await stop()
    throw new Error('MinIO does not answer')
  }
  return { host, stop }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Whether a server speaks TLS at `host`; waits a moment if not. */
function answers(host: string): Promise<boolean> {
  const [name = '', port] = host.split(':')
  return new Promise((resolve) => {
    const socket = connect({ host: name, port: Number(port), ca: CERTIFICATE }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => setTimeout(() => resolve(false), 100))
  })
}
