import { buildApp } from 'fauxqs'

/** Starts the embedded S3 server on its own loopback port. `url` contains the credentials, in the form of `S3_SYNC_CONNECTION_*`. */
export async function startEmbedded(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const app = buildApp({ logger: false })
  const address = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  return { url: `http://test-key:embedded-secret-5f1c@${address.host}`, stop: () => app.close() }
}
