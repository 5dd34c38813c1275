import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { operate, setUp, withRoles } from '../testing/administrator.js'
import type { Browser } from '../testing/browser.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { administration, users } from './tables.js'

let sallyport: Sallyport
let root: Awaited<ReturnType<typeof setUp>>
beforeEach(async () => {
  sallyport = await openSallyport()
  root = await setUp(sallyport)
})
afterEach(() => sallyport.close())

const path = (id: string) => `/v1/admin/users/${id}`
/** Every way an administrator stops being one. */
const ways: Record<string, (by: Browser, id: string) => ReturnType<Browser['send']>> = {
  demote: (by, id) => by.send('PATCH', path(id), { roles: ['auditor'] }),
  relieve: (by, id) => by.send('PATCH', path(id), { remove_roles: ['admin'] }),
  disable: (by, id) => by.post(`${path(id)}/disable`),
  delete: (by, id) => by.send('DELETE', path(id)),
}
const names = Object.keys(ways)

async function standing(): Promise<{ counted: number; real: number }> {
  const { store } = sallyport.server.context
  const rows = await store.list(users, { limit: 1000 })
  const real = rows.filter(
    ({ roles, status }) => status === 'active' && (roles as string[]).includes('admin'),
  )
  return { counted: (await store.get(administration, { id: 'first' }))!.active, real: real.length }
}

describe('the last administrator', () => {
  it.each(names)('stays when they %s themselves', async (way) => {
    const answer = await ways[way]!(root.browser, root.user.id)
    expect(told(answer)).toBe('403 forbidden')
    expect(answer.json.detail).toContain('last administrator')
    expect(told(await root.browser.get('/v1/admin/users'))).toBe('200')
    expect(await standing()).toEqual({ counted: 1, real: 1 })
  })

  it('stays when they delete their own account, until there is another one', async () => {
    expect(told(await root.browser.send('DELETE', '/v1/me'))).toBe('403 forbidden')
    expect(told(await root.browser.get('/v1/me'))).toBe('200')
    await withRoles(sallyport, 'admin')
    expect(told(await root.browser.send('DELETE', '/v1/me'))).toBe('204')
    expect(await standing()).toEqual({ counted: 1, real: 1 })
  })

  it.each(['disable', 'delete'])('stays even when the operator would %s them', async (way) => {
    const call = operate(sallyport, `users.${way}`, { id: root.user.id })
    await expect(call).rejects.toMatchObject({ code: 'forbidden' })
  })

  it('is not somebody who is disabled or an auditor', async () => {
    const other = await withRoles(sallyport, 'admin')
    await withRoles(sallyport, 'auditor')
    await ways.disable!(root.browser, other.user.id)
    expect(told(await ways.demote!(root.browser, root.user.id))).toBe('403 forbidden')
    await root.browser.post(`${path(other.user.id)}/enable`)
    expect(told(await ways.demote!(root.browser, root.user.id))).toBe('200')
  })

  it('may change everything else about themselves', async () => {
    const body = { name: 'Root', roles: ['admin', 'editor'] }
    expect(told(await root.browser.send('PATCH', path(root.user.id), body))).toBe('200')
    expect(told(await root.browser.post(`${path(root.user.id)}/logout`))).toBe('204')
    expect(await standing()).toEqual({ counted: 1, real: 1 })
  })

  it.each(names.flatMap((one) => names.map((other) => [one, other])))(
    'is left when two %s and %s each other at once',
    async (one, other) => {
      const second = await withRoles(sallyport, 'admin')
      const answers = await Promise.all([
        ways[one!]!(root.browser, second.user.id),
        ways[other!]!(second.browser, root.user.id),
      ])
      expect(answers.filter(({ status }) => status < 300)).toHaveLength(1)
      expect(await standing()).toEqual({ counted: 1, real: 1 })
    },
  )
})

it('are counted right whatever happens to them at once', async () => {
  const people = await Promise.all(Array.from({ length: 6 }, () => sallyport.signUp()))
  const operations = people.flatMap(({ user: { id } }) => [
    () => operate(sallyport, 'users.update', { id, roles: ['admin'] }),
    () => operate(sallyport, 'users.disable', { id }),
    () => operate(sallyport, 'users.update', { id, roles: [] }),
    () => operate(sallyport, 'users.enable', { id }),
    () => operate(sallyport, 'users.update', { id, roles: ['admin', 'editor'] }),
    () => operate(sallyport, 'users.logout', { id }),
    () => operate(sallyport, 'users.delete', { id }),
    () => operate(sallyport, 'users.create', { email: `of${id}@example.com`, roles: ['admin'] }),
  ])
  await Promise.allSettled(operations.toSorted(() => Math.random() - 0.5).map((call) => call()))
  const { counted, real } = await standing()
  expect(counted).toBe(real)
  expect(real).toBeGreaterThanOrEqual(7)
})

it('ask a role of somebody twice at once and it is taken once', async () => {
  const second = await withRoles(sallyport, 'admin')
  const answers = await Promise.all([1, 2, 3].map(() => ways.demote!(root.browser, second.user.id)))
  expect(answers.map(told)).toEqual(['200', '200', '200'])
  expect(await standing()).toEqual({ counted: 1, real: 1 })
})
