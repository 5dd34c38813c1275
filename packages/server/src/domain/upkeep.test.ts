import { afterAll, beforeAll, expect, it } from 'vitest'
import { spentCredentials } from '../features/social/tables.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { uuidv7 } from '../util/ids.js'
import { legacySpent } from './legacy/legacy-table.js'

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())

it('sweeps a table that was seen whole again, though another one never lets the sweep end', async () => {
  const { engine, context } = sallyport.server
  const { store, clock } = context
  const sweep = engine.sweep
  const over = clock.now() - 1
  const id = uuidv7(over)
  const late = { hash: Buffer.alloc(32), user_id: id, session_id: id, spent_at: 0, expires_at: over }
  let batches = 0
  let removed = 0
  engine.sweep = async (limit, done) => {
    batches += 1
    if (batches <= 30) await store.insert(spentCredentials, { hash: `busy ${batches}`, expires_at: over })
    if (batches === 2) await store.insert(legacySpent, late)
    const some = await sweep(limit, done)
    removed += some
    return some
  }
  await sallyport.server.upkeep()
  expect(batches).toBe(50)
  expect(removed).toBe(31)
})
