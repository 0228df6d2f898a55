import { openStore } from '../../src/io/s3/store.js'
import { testServers } from '../support/servers.js'
import { objectStoreContract } from './object-store.js'

for (const server of testServers()) {
  objectStoreContract(
    `S3 on ${server.name}`,
    async () => {
      const running = await server.open()
      const { origin, username, password } = new URL(running.url)
      const connection = {
        name: server.name,
        endpoint: origin,
        region: 'us-east-1',
        accessKeyId: username,
        secretAccessKey: password,
      }
      const store = await openStore(connection, { sockets: 20 })
      return {
        store,
        close: async () => {
          store.close()
          await running.stop()
        },
      }
    },
    server.traits,
  )
}
