import { buildApp } from 'fauxqs'

/** An S3 server in this process, for the demo: empty, on a free loopback port, in memory only. */
export interface EmbeddedS3 {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  stop(): Promise<void>
}

/** Starts a server. `startFauxqs` would listen on all interfaces; `buildApp` does not. */
export async function startEmbeddedS3(): Promise<EmbeddedS3> {
  const app = buildApp({ logger: false })
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' })
  return { endpoint, accessKeyId: 'demo', secretAccessKey: 'demo', stop: () => app.close() }
}
