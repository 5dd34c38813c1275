// Tests run on what `tsc -b` emitted, so that worker threads are the real ones. Those that start the program start the
// bundle where it is up to date.
import { getPriority, setPriority } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

/** What takes longest begins first, so that no worker is left alone with it at the end: kills and browsers, then by size. */
class LongestFirst extends BaseSequencer {
  async sort(files) {
    const isLong = ({ moduleId }) => /\/(faults|journeys|cli)\//.test(moduleId)
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

// Threads that hash lower themselves to 15 where whoever starts the server is at 0, which on a machine as full as this suite
// makes it leaves them a hundredth of a processor: log-ins are refused as `overloaded`. Below 12 they have half a share.
if (getPriority() < 12) setPriority(12)

/** Where CI wants to read afterwards which test passed. */
const report = process.env.SALLYPORT_TEST_REPORT

export default defineConfig({
  test: {
    ...(report && { reporters: ['default', ['json', { outputFile: report }]] }),
    include: ['packages/*/dist/**/*.test.js', 'tools/**/*.test.mjs'],
    // What is tested is compiled already: nothing would be gained by having it transformed again, which costs a process seconds.
    server: { deps: { external: [/\/packages\/\w+\/dist\/(?!.*\.test\.js)/] } },
    // What hangs is ended; nothing is measured. A machine that has other work to do may take many times longer than usual.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // One more than the processors of where it has to be done in time: many of the longest files wait for locks and delays.
    maxWorkers: 3,
    pool: 'forks',
    // Files share their process, and with it what is loaded and compiled: a third to a half of the suite's work. It is
    // sound because nothing of ours keeps anything beside a server that is made and closed, no test replaces a module or
    // changes what is global, and whatever needs a process to itself starts the program as one.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
})
