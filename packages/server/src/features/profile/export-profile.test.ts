import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SessionRow, sessions } from '../../domain/tables.js'
import { operate } from '../../testing/administrator.js'
import { openSallyport, type Sallyport, type SignedUp } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let sallyport: Sallyport
let ada: SignedUp
beforeAll(async () => {
  sallyport = await openSallyport()
  ada = await sallyport.signUp({ name: 'Ada', metadata: { created_at: 1, theme: 'dark' } })
  await sallyport.signUp({ email: 'bob@example.com', name: 'Bob' })
})
afterAll(() => sallyport.close())

const exported = (user: SignedUp = ada) => sallyport.as(user).get('/v1/me/export')

describe('an export', () => {
  it('is everything of oneself and nothing of anybody else, with times that people read', async () => {
    const answer = await exported()
    expect(told(answer)).toBe('200')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers['content-disposition']).toMatch(/^attachment/)
    const now = new Date(sallyport.clock.now()).toISOString()
    expect(answer.json).toMatchObject({
      exported_at: now,
      user: {
        id: ada.user.id,
        email: ada.email,
        created_at: now,
        metadata: { created_at: 1, theme: 'dark' },
      },
      sessions: [{ id: ada.session_id, contract: 'native', created_at: now, auth_time: now, amr: ['pwd'] }],
    })
    expect(answer.text).not.toMatch(/bob/i)
  })

  it('holds no hash, token or secret of any kind', async () => {
    const { text } = await exported()
    expect(text).not.toMatch(/hash|secret|salt|sealed|argon2|token|epoch|search/i)
    for (const secret of [ada.password, ada.access_token, ada.refresh_token])
      expect(text).not.toContain(secret)
  })

  it('shows of each table that a user owns what it declares, or the manual says why not', async () => {
    const page = await readFile(new URL('../../../../../docs/profile.md', import.meta.url), 'utf8')
    const answer = (await exported()).json
    for (const { name, exported: columns } of sallyport.server.context.owned) {
      expect(page).toContain(`| \`${name}\` |`)
      expect(name in answer, name).toBe(columns !== undefined)
    }
  })

  it('declares no column of bytes and none that is called a secret', () => {
    const { owned } = sallyport.server.context
    expect(owned.length).toBeGreaterThan(1)
    for (const { name, columns, exported: shown = [] } of owned)
      for (const column of shown) {
        expect([name, column, columns[column]?.kind]).not.toEqual([name, column, 'bytes'])
        expect(column).not.toMatch(/hash|secret|salt|sealed|token|code/)
      }
  })

  it('asks for a recent proof', async () => {
    const user = await sallyport.signUp()
    sallyport.clock.advance(301_000)
    const { access_token } = (await sallyport.browser().post('/v1/refresh', user)).json
    const refused = await exported({ ...user, access_token })
    expect(told(refused)).toBe('401 step_up_required')
    expect(refused.json.purpose).toBe('profile.export')
  })

  it('is in the audit log', async () => {
    const { items } = await operate(sallyport, 'audit.list', { event: 'user.exported' })
    expect(items).toContainEqual(expect.objectContaining({ user_id: ada.user.id, actor: 'user' }))
  })

  it('of a user with more sessions than anybody needs ends, and says where', async () => {
    const user = await sallyport.signUp()
    const { store } = sallyport.server.context
    const row = (await store.get(sessions, { id: user.session_id })) as SessionRow
    const older = (at: number) => `00000000-0000-7000-8000-${String(at).padStart(12, '0')}`
    for (let at = 0; at < 10_000; at += 500)
      await store.atomically(
        Array.from({ length: 500 }, (_, one) => ({
          verb: 'insert' as const,
          table: sessions as never,
          row: { ...row, id: older(at + one) },
        })),
      )
    const { json } = await exported(user)
    expect(json.incomplete).toEqual(['sessions'])
    expect(json.sessions).toHaveLength(10_000)
    expect(json.sessions[0].id).toBe(user.session_id)
    expect((await exported()).json).not.toHaveProperty('incomplete')
  })
})
