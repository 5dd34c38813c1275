import { afterAll, beforeAll, expect, it } from 'vitest'
import { newest } from '../testing/mailed.js'
import { openSallyport, type Sallyport, type SignedUp, withDatabaseFile } from '../testing/sallyport.js'
import { told } from '../testing/told.js'
import { hmac } from '../util/hash.js'
import { drawDigits } from './code-rules.js'
import { codes } from './codes-table.js'

let sallyport: Sallyport
let user: SignedUp & { ticket: string }
const secret = Buffer.alloc(32, 7)
beforeAll(async () => {
  sallyport = await openSallyport({ secret: { current: secret } })
  user = (await sallyport.signUp()) as typeof user
})
afterAll(() => sallyport.close())

/** How far 100,000 draws are from an even spread, over the last `digits`: chi-square for 10^digits cells. */
function unevenness(draw: () => string, digits: number): number {
  const cells = 10 ** digits
  const counts = new Uint32Array(cells)
  const draws = 100_000
  for (let at = 0; at < draws; at++) counts[Number(draw().slice(0, digits))]! += 1
  const expected = draws / cells
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

/** The value that chance exceeds once in about a million runs, for many cells (Wilson and Hilferty). */
const bound = (cells: number) => {
  const freedom = cells - 1
  return freedom * (1 - 2 / (9 * freedom) + 4.75 * Math.sqrt(2 / (9 * freedom))) ** 3
}

it('every code of six digits is as likely as any other', () => {
  for (const digits of [1, 2, 3]) expect(unevenness(drawDigits, digits)).toBeLessThan(bound(10 ** digits))
  expect(drawDigits()).toMatch(/^\d{6}$/)
})

it('a draw that takes the remainder of two bytes would be found out', () => {
  const biased = () => String((Math.floor(Math.random() * 65_536) * 16) % 1_000_000).padStart(6, '0')
  expect(unevenness(biased, 2)).toBeGreaterThan(bound(100))
})

it('the database holds nothing that could be typed, followed or shown', async () => {
  const { code, token } = await newest(sallyport, user.email)
  const [row] = await sallyport.server.context.store.list(codes, { limit: 1 })
  const bytes = Object.values(row!)
    .filter((value) => value instanceof Uint8Array)
    .map((value) => Buffer.from(value))
  const text = JSON.stringify(row) + bytes.map((one) => one.toString('latin1')).join()
  for (const value of [code, token, user.ticket]) expect(text).not.toContain(value)
  expect(text).not.toContain(Buffer.from(token, 'base64url').toString('latin1'))
})

it('six digits cannot be tried out on a copy of the database without the master secret', async () => {
  const { code } = await newest(sallyport, user.email)
  const [row] = await sallyport.server.context.store.list(codes, { limit: 1 })
  const of = (key: Parameters<typeof hmac>[0]) => hmac(key, `code ${row!.purpose} ${row!.id}\0${code}`)
  expect(of(sallyport.server.context.secrets.key('codes')).equals(row!.code_hash)).toBe(true)
  expect(of(Buffer.alloc(32)).equals(row!.code_hash)).toBe(false)
  expect(of(sallyport.server.context.secrets.key('limits')).equals(row!.code_hash)).toBe(false)
})

it('a code outlives the replacement of the master secret, and a newer one still voids it', async () => {
  await withDatabaseFile(async (settings) => {
    const fresh = Buffer.alloc(32, 9)
    const before = await openSallyport({ settings, secret: { current: secret } })
    const ada = await before.signUp()
    const old = await newest(before, ada.email)
    await before.close()
    const after = await openSallyport({ settings, secret: { current: fresh, also: secret } })
    const verify = async (code: string) =>
      told(await after.browser().post('/v1/email/verify', { email: ada.email, code, password: ada.password }))
    await after.browser().post('/v1/email/verify/resend', { email: 'another@example.com' })
    expect(await verify('1234567')).toBe('401 code_invalid')
    expect(await after.server.context.store.count(codes, { user_id: ada.user.id })).toBe(1)
    expect(await verify(old.code)).toBe('200')
    await after.close()
  })
})

it('a newer code of the other secret voids the older one', async () => {
  await withDatabaseFile(async (settings) => {
    const before = await openSallyport({ settings, secret: { current: secret } })
    const ada = await before.signUp()
    const old = await newest(before, ada.email)
    await before.close()
    const secrets = { current: Buffer.alloc(32, 9), also: secret }
    const after = await openSallyport({ settings, secret: secrets })
    after.clock.advance(1000)
    await after.browser().post('/v1/email/verify/resend', { email: ada.email })
    expect(await after.server.context.store.count(codes, { user_id: ada.user.id })).toBe(1)
    const body = { token: old.token, password: ada.password }
    expect(told(await after.browser().post('/v1/email/verify', body))).toBe('401 code_invalid')
    const { token } = await newest(after, ada.email)
    expect(told(await after.browser().post('/v1/email/verify', { ...body, token }))).toBe('200')
    await after.close()
  })
})
