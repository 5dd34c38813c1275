// What is left of somebody who is gone: nothing, in any table and anywhere in the file.
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AnyTable, Column, Table } from '../store/table.js'
import { operate } from '../testing/administrator.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { audit, NEVER, users } from './tables.js'

const day = 86_400_000
const canary = 'canary-of-ada'

/** A row of a table with the canary in every column that can hold it, and something that no other row has. */
function rowFor({ columns, owner, expires }: AnyTable, userId: string): Record<string, unknown> {
  const value = (name: string, { kind, size }: Column) => {
    if (name === owner) return userId
    if (name === expires) return NEVER
    const text = `${canary} ${crypto.randomUUID()}`.slice(0, size)
    return {
      id: crypto.randomUUID(),
      text,
      bytes: Buffer.from(text),
      integer: 7,
      boolean: true,
      json: [canary],
    }[kind]
  }
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, value(name, column)]))
}

async function fill({ server }: Sallyport, { user }: SignedUp): Promise<void> {
  for (const table of server.context.owned)
    await server.context.store.insert(table as unknown as Table, rowFor(table, user.id))
}

const countOf = ({ server }: Sallyport, table: AnyTable, userId: string) =>
  server.context.store.count(table as unknown as Table, { [table.owner!]: userId })

/** Whether a text stands in any file of the database, whatever SQLite calls it. */
async function isThere(path: string, text: string): Promise<boolean> {
  const folder = dirname(path)
  for (const name of await readdir(folder))
    if ((await readFile(join(folder, name))).includes(text)) return true
  return false
}

const signUp = (sallyport: Sallyport, email = 'ada-canary@example.com') =>
  sallyport.signUp({ email, preferred_username: canary, name: canary, metadata: { note: canary } })

describe('an account that was deleted seven days ago', () => {
  it('leaves no row in any table that a user owns, and others keep theirs', async () => {
    const sallyport = await openSallyport()
    const ada = await signUp(sallyport)
    const bob = await sallyport.signUp()
    await fill(sallyport, ada)
    await fill(sallyport, bob)
    const { owned } = sallyport.server.context
    for (const table of owned)
      expect(await countOf(sallyport, table, ada.user.id), table.name).toBeGreaterThan(0)
    expect(told(await sallyport.as(ada).send('DELETE', '/v1/me'))).toBe('204')
    sallyport.clock.advance(7 * day)
    await sallyport.server.upkeep()
    for (const table of owned) {
      expect(await countOf(sallyport, table, ada.user.id), table.name).toBe(0)
      expect(await countOf(sallyport, table, bob.user.id), table.name).toBeGreaterThan(0)
    }
    expect(await sallyport.server.context.store.get(users, { id: ada.user.id })).toBeUndefined()
    await sallyport.close()
  })

  it('leaves nothing that anybody wrote or was called in the database file', async () => {
    await withDatabaseFile(async (settings, path) => {
      const sallyport = await openSallyport({ settings })
      const ada = await signUp(sallyport)
      await sallyport.signUp()
      await fill(sallyport, ada)
      for (let at = 0; at < 30; at++) {
        const { access_token } = (
          await sallyport
            .browser()
            .post('/v1/login', { identifier: ada.email, password: ada.password }, { 'user-agent': 'agent' })
        ).json
        await sallyport.as({ access_token }).send('PATCH', '/v1/me', { name: `${canary} the ${at}th` })
      }
      sallyport.clock.advance(1000)
      await sallyport.as(ada).send('DELETE', '/v1/me')
      expect(await isThere(path, canary)).toBe(true)
      expect(await isThere(path, 'ada-canary@')).toBe(true)
      sallyport.clock.advance(7 * day)
      await sallyport.server.upkeep()
      await sallyport.close()
      expect(await isThere(path, 'user.deleted')).toBe(true)
      expect(await isThere(path, canary)).toBe(false)
      expect(await isThere(path, 'ada-canary@')).toBe(false)
    })
  })

  it('is known to the audit log by its ids alone', async () => {
    const sallyport = await openSallyport()
    const ada = await signUp(sallyport)
    await sallyport.as(ada).send('PATCH', '/v1/me', { name: `${canary} again` })
    await sallyport.as(ada).send('DELETE', '/v1/me')
    sallyport.clock.advance(7 * day)
    await sallyport.server.upkeep()
    const rows = await sallyport.server.context.store.list(audit, { limit: 1000 })
    expect(rows.map(({ event }) => event)).toContain('user.deleted')
    expect(JSON.stringify(rows)).not.toMatch(/canary|@example/)
    await sallyport.close()
  })

  it('leaves its address and username free, for somebody who inherits nothing', async () => {
    const sallyport = await openSallyport()
    const ada = await signUp(sallyport)
    await fill(sallyport, ada)
    await operate(sallyport, 'users.delete', { id: ada.user.id })
    sallyport.clock.advance(7 * day)
    await sallyport.server.upkeep()
    const next = await signUp(sallyport)
    expect(next.user.id).not.toBe(ada.user.id)
    const other = await sallyport.signUp()
    const owns = async (user: SignedUp) => {
      const { json } = await sallyport.as(user).get('/v1/me/export')
      const lists = sallyport.server.context.owned.map(({ name }) => [name, json[name]?.length])
      return Object.fromEntries(lists)
    }
    expect(await owns(next)).toEqual(await owns(other))
    await sallyport.close()
  })
})

it('a table whose owner no index leads to would make every deletion read it whole', async () => {
  const sallyport = await openSallyport()
  for (const { name, owner, key, unique, indexes } of sallyport.server.context.owned)
    expect([name, [key, ...unique, ...indexes].some(([first]) => first === owner)]).toEqual([name, true])
  await sallyport.close()
})
