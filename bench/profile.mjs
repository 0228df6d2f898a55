// node bench/profile.mjs: where the CPU of one copied object goes, by layer and by function, from V8's own samples.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildWithMaps } from './build-with-maps.mjs'
import { bedBinary, startBeds } from './endpoints.mjs'
import { LAYERS, selfTimes } from './layers.mjs'
import { measure } from './measure.mjs'
import { s3syncCall } from './tools.mjs'

const { values: options } = parseArgs({
  options: {
    objects: { type: 'string', default: '20000' },
    size: { type: 'string', default: '1024' },
    workers: { type: 'string', default: '32' },
    top: { type: 'string', default: '25' },
  },
})
const objects = Number(options.objects)
if (process.env.BENCH_BED === undefined) throw new Error('BENCH_BED must name bed')

const dist = buildWithMaps()
const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'))
const { endpoints, stop } = await startBeds(await bedBinary(process.env.BENCH_BED))
const [from, to] = endpoints
const bucket = `flat-${objects}-${options.size}`
await from.store.fill(bucket, objects)
await to.store.clear('bench-target')
const work = { kind: 'copy', from, to, bucket, target: 'bench-target', workers: Number(options.workers), home: folder }
const { args, env } = s3syncCall(work, join(dist, 'main.js'))
const sampling = ['--cpu-prof', '--cpu-prof-interval', '250', '--cpu-prof-dir', folder]
const { cpu, wall, code } = await measure({ command: process.execPath, args: [...sampling, ...args], env }, 600)
const found = await to.store.count('bench-target')
stop()
if (code !== 0 || found.objects !== objects) throw new Error(`exit ${code}, ${found.objects} of ${objects} arrived`)

const functions = selfTimes(folder)
const perObject = (micros) => (micros / objects).toFixed(1).padStart(8)
const total = functions.reduce((sum, { micros }) => sum + micros, 0)
console.log(
  `${objects} × ${options.size} bytes, ${options.workers} workers: ${wall.toFixed(2)} s; CPU per object in µs, sampled\n`,
)
for (const layer of LAYERS) {
  const micros = functions.filter((one) => one.layer === layer).reduce((sum, one) => sum + one.micros, 0)
  console.log(`${perObject(micros)}  ${((100 * micros) / total).toFixed(1).padStart(5)} %  ${layer}`)
}
console.log(`${perObject(total)}           the main thread, awake`)
console.log(`${perObject(cpu * 1e6)}           the whole process, by the kernel's account\n`)
for (const { micros, name, layer, place } of functions.slice(0, Number(options.top))) {
  console.log(`${perObject(micros)}  ${name}  ${place}  [${layer}]`)
}
for (const made of [folder, dirname(dist)]) rmSync(made, { recursive: true })
