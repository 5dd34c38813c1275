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
  },
})
