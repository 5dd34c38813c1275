import { expect, test } from 'vitest'
import { kindOf } from './session.js'

const asked = (version: string) => kindOf(async () => ({ rows: [[version]], matched: 1 }))

test.each([
  ['8.0.13', 'MySQL'],
  ['8.4.3-cluster', 'MySQL'],
  ['9.1.0', 'MySQL'],
  ['10.6.0-MariaDB-log', 'MariaDB'],
  ['11.4.2-MariaDB', 'MariaDB'],
  ['5.5.5-10.11.19-MariaDB-0+deb12u1', 'MariaDB'],
])('%s is a %s', async (version, kind) => {
  expect(await asked(version)).toBe(kind)
})

test.each(['5.7.44', '8.0.12', '10.5.20-MariaDB', '5.5.5-10.3.1-MariaDB'])(
  '%s is too old',
  async (version) => {
    await expect(asked(version)).rejects.toThrow(/unavailable: \w+ is older than .*: use a newer one/)
  },
)
