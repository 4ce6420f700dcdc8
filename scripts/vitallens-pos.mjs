// Reads heart rates with POS of vitallens.js in node, without a network, a browser or a
// video: the library's own loop over a file is given the mean colours of a face's frames in the
// place of a decoder's. BenchmarkPeers of internal/validate starts it; docs/performance.md
// says how to install the library.
//
//   node scripts/vitallens-pos.mjs FOLDER < recordings.json > results.json
//
// FOLDER is where `npm install` was run. A recording is {"fps": 30, "rgb": [r, g, b, r, …]},
// a result {"bpm": 71.2, "ms": 850}: the rate, null for none, and the processor time of
// the loop. A first recording is read twice, to warm up.
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const folder = createRequire(`${process.argv[2]}/package.json`)
const print = console.log
console.log = console.info = console.warn = () => {} // the libraries greet

// The signal core is initialised here with the wasm that came with its own package.
const corePath = `${process.argv[2]}/node_modules/vitallens-core`
const core = await import(pathToFileURL(`${corePath}/vitallens_core.js`))
await core.default({ module_or_path: readFileSync(`${corePath}/vitallens_core_bg.wasm`) })
const { VitalLens, Frame } = await import(pathToFileURL(folder.resolve('vitallens').replace(/cjs\.cjs$/, 'esm.js')))

async function read({ fps, rgb }) {
  const all = { x0: 0, y0: 0, x1: 1, y1: 1 }
  const { controller } = new VitalLens({ method: 'pos', globalRoi: all })
  const { minWindowLength, maxWindowLength } = controller.methodHandler.getConfig()
  const n = rgb.length / 3
  const colours = Float32Array.from(rgb)
  controller.ffmpeg = { cleanup() {} }
  controller.frameIteratorFactory.createFileFrameIterator = () => ({
    async start() {},
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at + maxWindowLength < n; at += maxWindowLength - minWindowLength + 1) {
        const times = Array.from({ length: maxWindowLength }, (_, i) => (at + i) / fps)
        yield Frame.fromFloat32Array(colours.slice(3 * at, 3 * (at + maxWindowLength)), [maxWindowLength, 3], times, times.map(() => all))
      }
    },
  })
  const start = process.cpuUsage()
  const result = await controller.processVideoFile(null)
  const { user, system } = process.cpuUsage(start)
  return { bpm: result.vitals.heart_rate?.value ?? null, ms: (user + system) / 1000 }
}

const recordings = JSON.parse(readFileSync(0))
await read(recordings[0])
const results = []
for (const r of recordings) results.push(await read(r))
print(JSON.stringify(results))
process.exit(0)
