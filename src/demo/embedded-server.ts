import { buildApp } from 'fauxqs'

/** An S3 server within this process, for the demo: on a loopback port of its own, empty, gone with the process. */
export interface EmbeddedS3 {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  stop(): Promise<void>
}

/** Starts one. (`buildApp` and not `startFauxqs`: that one listens on all interfaces.) */
export async function startEmbeddedS3(): Promise<EmbeddedS3> {
  const app = buildApp({ logger: false })
  const endpoint = await app.listen({ port: 0, host: '127.0.0.1' })
  return { endpoint, accessKeyId: 'demo', secretAccessKey: 'demo', stop: () => app.close() }
}
