import { Sandbox } from './cli.js'
import { FaultProxy } from './fault-proxy.js'
import { startEmbedded } from './fauxqs.js'
import { Oracle, type TestServer } from './servers.js'

/** A sandbox, and one server with an oracle that accesses it directly; `stop` ends all. */
export async function givenServer(server: TestServer) {
  const sandbox = await Sandbox.make()
  const opened = await server.open()
  const stop = async (): Promise<void> => {
    sandbox.remove()
    await opened.stop()
  }
  return { sandbox, oracle: new Oracle(opened.url), stop }
}

/** A sandbox, and two embedded servers behind proxies that count and inject faults, with oracles that bypass them; `stop` ends all. */
export async function givenProxies(seeds?: { readonly source: number; readonly target: number }) {
  const sandbox = await Sandbox.make()
  const servers = [await startEmbedded(), await startEmbedded()] as const
  const [a, b] = servers
  const proxies = {
    source: await FaultProxy.start(a.url, { seed: seeds?.source }),
    target: await FaultProxy.start(b.url, { seed: seeds?.target }),
  }
  const stop = async (): Promise<void> => {
    sandbox.remove()
    for (const each of [proxies.source, proxies.target, ...servers]) await each.stop()
  }
  return { sandbox, proxies, source: new Oracle(a.url), target: new Oracle(b.url), stop }
}

/** A sandbox, and one server behind two counting proxies, with an oracle that bypasses them; `stop` ends all. */
export async function givenProxiesTo(server: TestServer) {
  const { sandbox, oracle, stop: stopServer } = await givenServer(server)
  const proxies = { source: await FaultProxy.start(oracle.url), target: await FaultProxy.start(oracle.url) }
  const stop = async (): Promise<void> => {
    await proxies.source.stop()
    await proxies.target.stop()
    await stopServer()
  }
  return { sandbox, oracle, proxies, stop }
}
