import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { users } from '../../domain/tables.js'
import { foreignHashes } from '../../testing/foreign-hashes.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'

let sallyport: Sallyport
beforeAll(async () => {
  sallyport = await openSallyport()
})
afterAll(() => sallyport.close())

/** An account whose stored hash another program made. */
async function withHash(password_hash: string) {
  const { email, user } = await sallyport.signUp()
  const { store } = sallyport.server.context
  await store.update(users, { id: user.id }, { password_hash })
  return {
    logIn: (password: string) => sallyport.browser().post('/v1/login', { identifier: email, password }),
    stored: async () => (await store.get(users, { id: user.id }))!.password_hash,
    store: (hash: string) => store.update(users, { id: user.id }, { password_hash: hash }),
  }
}

describe('a stored hash that another program made', () => {
  test.each(foreignHashes)(
    'lets its owner in, and is ours afterwards: $spelling',
    async ({ hash, password }) => {
      const { logIn, stored } = await withHash(hash)
      expect((await logIn(`${password}!`)).status).toBe(401)
      expect(await stored()).toBe(hash)
      expect((await logIn(password)).status).toBe(200)
      expect(await stored()).toMatch(/^\$argon2id\$v=19\$m=(19456|65536),t=2,p=1\$/)
      expect((await logIn(password)).status).toBe(200)
      expect((await logIn(`${password}!`)).status).toBe(401)
    },
  )

  test('is left alone where it asks for too much, and says so to the log alone', async () => {
    const { logIn, stored } = await withHash('$2b$31$abcdefghijklmnopqrstuu2.lmHM47oQvYtH6aPFbHNRh0qvlNyk.')
    const { status, json } = await logIn('correct horse bätteri')
    expect([status, json]).toMatchObject([401, { code: 'invalid_credentials' }])
    expect(await stored()).toMatch(/^\$2b\$31\$/)
    expect(sallyport.logged.filter((line) => line.includes('cost_too_high'))).toHaveLength(1)
  })

  test('is not cut at a NUL', async () => {
    const { logIn } = await withHash('$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW')
    expect((await logIn('U*U\0')).status).not.toBe(200)
    expect((await logIn('U*U\0and more')).status).not.toBe(200)
    expect((await logIn('U*U')).status).toBe(200)
  })

  test('gives way to a hash that was stored meanwhile, never the other way round', async () => {
    const { logIn, stored, store } = await withHash(foreignHashes[0]!.hash)
    const { hasher } = sallyport.server.context
    const before = hasher.stats().done
    const answer = logIn(foreignHashes[0]!.password)
    while (hasher.stats().done === before) await new Promise((turn) => setImmediate(turn))
    // The password was right; its new hash is being made.
    await store(foreignHashes[1]!.hash)
    await answer
    expect(await stored()).toBe(foreignHashes[1]!.hash)
  })
})
