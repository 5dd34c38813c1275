// Loaded before the server: watches its event loop. At each SIGUSR2 it writes into the file `loop` of the working
// directory, in milliseconds, the longest delay since the last one and the most CPU between two looks 2 ms apart, which
// says how long the server itself held its loop up however busy the machine is; and starts anew.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const used = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0])

function watch() {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  let [last, most] = [used(), 0]
  setInterval(() => {
    const now = used()
    most = Math.max(most, now - last)
    last = now
  }, 2).unref()
  process.on('SIGUSR2', () => {
    // Renamed, so that whoever reads it finds it whole.
    writeFileSync('loop.new', JSON.stringify({ longest: delay.max / 1e6, busy: most / 1e6 }))
    renameSync('loop.new', 'loop')
    delay.reset()
    most = 0
  })
}

if (isMainThread) watch()
