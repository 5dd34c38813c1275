// Tests run on what `tsc -b` emitted, so that worker threads and the CLI are the real ones.
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/dist/**/*.test.js', 'tools/**/*.test.mjs'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // What is waited for comes when it comes; only what never comes fails.
    expect: { poll: { timeout: 15_000 } },
    maxWorkers: 2,
    pool: 'forks',
    // Files share their process, and with it what is loaded and compiled: a third to a half of the suite's work. It is
    // sound because nothing of ours keeps anything beside a server that is made and closed, no test replaces a module or
    // changes what is global, and whatever needs a process to itself starts the program as one.
    isolate: false,
  },
})
