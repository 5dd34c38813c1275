import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { replacementOf } from '../../domain/replacement.js'
import { sharedSealed } from '../../domain/sealed.js'
import { audit, auditKeys, sessions, sharedTables, signingKeys } from '../../domain/tables.js'
import type { AnyTable } from '../../store/table.js'
import { operate } from '../../testing/administrator.js'
import { openSallyport, type Sallyport, withDatabaseFile } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'
import { stoppedClock } from '../../util/clock.js'
import { uuidv7 } from '../../util/ids.js'
import { features } from '../index.js'

const old = Buffer.alloc(32, 1)
const fresh = Buffer.alloc(32, 2)
const day = 86_400_000

/** Servers one after another on one database, each with its secrets. */
async function stages(work: (open: Open) => Promise<void>, more: Record<string, string> = {}): Promise<void> {
  await withDatabaseFile(async (settings) => {
    const clock = stoppedClock()
    let current: Sallyport | undefined
    await work(async (secret) => {
      await current?.close()
      current = await openSallyport({ settings: { ...settings, ...more }, secret, clock })
      return current
    })
    await current?.close()
  })
}
type Open = (secret: { current: Uint8Array; also?: Uint8Array }) => Promise<Sallyport>

const check = async (sallyport: Sallyport, token: { access_token: string }) =>
  told(await sallyport.as(token).get('/v1/me'))

describe('sealing anew', () => {
  it('lets the old secret go: tokens, sessions and the audit log go on without it', async () => {
    await stages(async (open) => {
      const first = await open({ current: old })
      const user = await first.signUp()
      const second = await open({ current: fresh, also: old })
      // Two signing keys and the mail of the sign-up.
      expect(await operate(second, 'secret.rewrap')).toEqual({ rewrapped: 3, sessions_ended: 0 })
      expect(await operate(second, 'secret.rewrap')).toEqual({ rewrapped: 0, sessions_ended: 0 })
      const tokens = (await second.browser().post('/v1/refresh', user)).json
      const third = await open({ current: fresh })
      for (const token of [user, tokens]) expect(await check(third, token)).toBe('200')
      expect(told(await third.browser().post('/v1/refresh', tokens))).toBe('200')
      expect(await operate(third, 'audit.verify')).toMatchObject({ intact: true, problems: [] })
      const where = { event: 'secret.rewrapped' }
      const [row] = await third.server.context.store.list(audit, { where, limit: 5 })
      expect(row).toMatchObject({ actor: 'operator', details: { count: 3, sessionsEnded: 0 } })
    })
  })

  it('reaches what an earlier replacement had kept', async () => {
    await stages(async (open) => {
      const newest = Buffer.alloc(32, 3)
      await (await open({ current: old })).signUp()
      await operate(await open({ current: fresh, also: old }), 'secret.rewrap')
      const third = await open({ current: newest, also: fresh })
      expect(await operate(third, 'secret.rewrap')).toEqual({ rewrapped: 4, sessions_ended: 0 })
      const last = await open({ current: newest })
      expect(await operate(last, 'audit.verify')).toMatchObject({ intact: true, chains: 3 })
      expect(await last.server.context.store.count(auditKeys, {})).toBe(2)
    })
  })

  it('knows every column that is sealed', () => {
    const all = [...sharedTables, ...features.flatMap(({ tables }) => tables ?? [])] as AnyTable[]
    const columns = all.flatMap(({ name, columns: has }) =>
      Object.keys(has)
        .filter((column) => column.includes('sealed'))
        .map((column) => `${name}.${column}`),
    )
    const listed = [...sharedSealed, ...features.flatMap(({ sealed }) => sealed ?? [])]
    expect(columns.sort()).toEqual(listed.map(({ table, column }) => `${table.name}.${column}`).sort())
  })
})

describe('whether the old secret may go', () => {
  it('is so once everything is sealed anew and every living session was refreshed since', async () => {
    await stages(async (open) => {
      const first = await open({ current: old })
      const [idle, busy] = [await first.signUp(), await first.signUp()]
      expect(await replacementOf(first.server.context)).toBeUndefined()
      const server = await open({ current: fresh, also: old })
      const { context } = server.server
      expect(await replacementOf(context)).toEqual({ droppable: false, sealed: 4, olderSessions: true })
      await operate(server, 'secret.rewrap')
      const rewrappedAt = server.clock.now()
      const waiting = { droppable: false, sealed: 0, rewrappedAt, olderSessions: true }
      expect(await replacementOf(context)).toEqual(waiting)
      server.clock.advance(13 * day)
      expect(told(await server.browser().post('/v1/refresh', busy))).toBe('200')
      expect(await replacementOf(context)).toEqual(waiting)
      server.clock.advance(day)
      expect(await replacementOf(context)).toEqual({ ...waiting, droppable: true, olderSessions: false })
      expect(told(await server.browser().post('/v1/refresh', idle))).toBe('401 refresh_token_expired')
    })
  })
})

describe('after a leak', () => {
  it('ends every session, live access tokens included, and replaces every signing key', async () => {
    await stages(async (open) => {
      const first = await open({ current: old })
      await first.signUp()
      const server = await open({ current: fresh, also: old })
      const people = [await server.signUp(), await server.signUp(), await server.signUp()]
      const before = await server.server.context.store.list(signingKeys, { limit: 10 })
      const answer = await operate(server, 'secret.rewrap', { end_all_sessions: true })
      expect(answer.sessions_ended).toBe(4)
      for (const user of people) {
        expect(await check(server, user)).toBe('401 access_token_invalid')
        expect(told(await server.browser().post('/v1/refresh', user))).toBe('401 session_ended')
        const login = { identifier: user.email, password: user.password }
        expect(await check(server, (await server.browser().post('/v1/login', login)).json)).toBe('200')
      }
      const after = await server.server.context.store.list(signingKeys, { limit: 10 })
      expect(after.map(({ state }) => state).sort()).toEqual(['active', 'next'])
      for (const { kid } of before) expect(after.map((key) => key.kid)).not.toContain(kid)
    })
  })

  it('holds in a process that did not do it, once it has caught up', async () => {
    await withDatabaseFile(async (settings) => {
      const secret = { current: old }
      const serving = await openSallyport({ settings, secret })
      const operator = await openSallyport({ settings, secret, clock: serving.clock })
      const user = await serving.signUp()
      expect(await check(serving, user)).toBe('200')
      await operate(operator, 'secret.rewrap', { end_all_sessions: true })
      await serving.server.context.changes.catchUp()
      expect(await check(serving, user)).toBe('401 access_token_invalid')
      await serving.server.upkeep()
      expect(await check(serving, await serving.signUp())).toBe('200')
      await operator.close()
      await serving.close()
    })
  })

  it('tells of every session where the keys are those of a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-'))
    const path = join(folder, 'signing.pem')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await stages(
      async (open) => {
        const server = await open({ current: fresh, also: old })
        const people = [await server.signUp(), await server.signUp()]
        await operate(server, 'secret.rewrap', { end_all_sessions: true })
        for (const user of people) expect(await check(server, user)).toBe('401 session_ended')
        expect(await server.server.context.store.count(sessions, {})).toBe(0)
        expect(await check(server, await server.signUp())).toBe('200')
      },
      { 'keys.file': path },
    )
    await rm(folder, { recursive: true })
  })

  it('ends more than a batch', async () => {
    await stages(async (open) => {
      const server = await open({ current: fresh })
      const { session_id } = await server.signUp()
      const { store } = server.server.context
      const row = (await store.get(sessions, { id: session_id }))!
      for (let at = 0; at < 700; at++) await store.insert(sessions, { ...row, id: uuidv7(at) })
      const { sessions_ended } = await operate(server, 'secret.rewrap', { end_all_sessions: true })
      expect(sessions_ended).toBe(701)
      expect(await store.count(sessions, {})).toBe(0)
    })
  })
})
