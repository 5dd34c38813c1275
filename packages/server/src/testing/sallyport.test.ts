// What the environment asks all suites to run on.
import { afterEach, expect, it, vi } from 'vitest'
import { openSallyport } from './sallyport.js'

afterEach(() => vi.unstubAllEnvs())

it.each([
  ['STORE', 'postgre', 'STORE=postgre: known are sqlite, postgres, mysql'],
  ['EPHEMERAL', 'true', 'EPHEMERAL=true: known are redis'],
])('%s=%s is no engine, and no test is green on another instead', async (name, value, says) => {
  vi.stubEnv(name, value)
  await expect(openSallyport()).rejects.toThrow(says)
  await expect(openSallyport({ settings: { 'database-url': 'sqlite::memory:' } })).rejects.toThrow(says)
})
