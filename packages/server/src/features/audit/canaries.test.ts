import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import type { Topic } from '../../domain/outbox.js'
import { audit } from '../../domain/tables.js'
import { machine, operate, setUp } from '../../testing/administrator.js'
import { newest } from '../../testing/mailed.js'
import { openSallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

it('no password, token, key or secret of a whole journey is in an entry or in the log', async () => {
  const secret = randomBytes(32)
  const sallyport = await openSallyport({ secret: { current: secret } })
  const canaries: string[] = [secret.toString('hex'), secret.toString('base64url')]
  const keep = (answer: { json: Record<string, string> }) => {
    for (const name of ['access_token', 'refresh_token', 'api_key', 'token'])
      if (answer.json?.[name]) canaries.push(answer.json[name])
    return answer.json
  }
  const wrong = 'canary wrong password'
  const passwords = ['canary first password', 'canary second password', 'canary third password', wrong]
  const root = await setUp(sallyport)
  const user = await sallyport.signUp({ email: 'ada@example.com', password: passwords[0] })
  canaries.push(...passwords, root.password, root.access_token, root.refresh_token)
  canaries.push(user.access_token, user.refresh_token)
  const login = { identifier: user.email, password: passwords[0] }
  const tokens = keep(await sallyport.browser().post('/v1/login', login, { 'user-agent': 'agent' }))
  await sallyport.browser().post('/v1/login', { ...login, password: wrong })
  await sallyport.browser().post('/v1/login', { identifier: 'nobody@example.com', password: wrong })
  const own = sallyport.as(tokens as { access_token: string })
  keep(await own.post('/v1/me/confirm', { password: passwords[0] }))
  await own.post('/v1/me/confirm', { password: wrong })
  const change = { current_password: passwords[0], new_password: passwords[1] }
  expect(told(await own.post('/v1/me/password', change))).toBe('204')
  const next = keep(await sallyport.browser().post('/v1/refresh', tokens))
  sallyport.clock.advance(20_000)
  expect(told(await sallyport.browser().post('/v1/refresh', tokens))).toBe('401 refresh_token_reused')
  await sallyport.browser().post('/v1/logout', undefined, { authorization: `Bearer ${next.access_token}` })
  keep(await root.browser.post('/v1/admin/api-keys', { name: 'importer', scopes: ['users:write'] }))
  const bot = await machine(sallyport, 'users:read')
  canaries.push(bot.bearer!)
  await bot.post('/v1/admin/keys/rotate')
  await root.browser.post('/v1/admin/users', { email: 'eve@example.com', password: passwords[2] })
  await operate(sallyport, 'users.set_password', { id: user.user.id, password: passwords[2] })
  await root.browser.post('/v1/admin/keys/rotate')
  await operate(sallyport, 'token.explain', { token: user.refresh_token })
  await operate(sallyport, 'secret.rewrap', { end_all_sessions: true })
  await sallyport.server.context.audit.settled()

  const rows = await sallyport.server.context.store.list(audit, { limit: 1000 })
  const written = new Set(rows.map(({ event }) => event))
  for (const event of ['login.failed', 'session.reuse_detected', 'apikey.created', 'admin.refused'])
    expect(written).toContain(event)
  const text = JSON.stringify(rows) + sallyport.logged.join('\n')
  expect(canaries.length).toBeGreaterThan(15)
  for (const canary of canaries) expect(text.includes(canary), canary).toBe(false)
  await sallyport.close()
})

it('no code, link or ticket by which an address is proven is in an entry or in the log', async () => {
  const sallyport = await openSallyport()
  const canaries: string[] = []
  const codes: string[] = []
  const post = async (path: string, body: object, browser = sallyport.browser()) => {
    const { json = {} } = await browser.post(path, body)
    for (const name of ['access_token', 'refresh_token', 'ticket']) if (json[name]) canaries.push(json[name])
    return json
  }
  const mailed = async (to: string, topic?: Topic) => {
    const { code, token } = await newest(sallyport, to, topic)
    canaries.push(token)
    if (code !== '') codes.push(code)
    return { code, token }
  }
  const email = 'bob@example.com'
  const next = 'bob2@example.com'
  const bob = await post('/v1/signup', { email, password: 'canary first password' })
  const { token } = await mailed(email)
  await post('/v1/email/verify', { token, ticket: bob.ticket })
  const { ticket } = await post('/v1/me/email', { email: next }, sallyport.as(bob))
  const change = await mailed(next)
  await post('/v1/email/verify', { email: next, code: change.code, ticket })
  await post('/v1/login/code', { email: next })
  await post('/v1/login/code/verify', { email: next, code: '1234567' })
  const login = await mailed(next, 'login_code')
  await post('/v1/login/code/verify', { email: next, code: login.code })
  const undone = await post('/v1/email/undo', { token: (await mailed(email)).token })
  await post('/v1/link', { token })
  await post('/v1/password/reset', { ticket: undone.ticket, new_password: 'canary second password' })
  await sallyport.server.context.audit.settled()

  const rows = await sallyport.server.context.store.list(audit, { limit: 1000 })
  const written = rows.map(({ event }) => event)
  for (const event of [
    'email.verified',
    'email.changed',
    'email.restored',
    'code.failed',
    'password.changed',
  ])
    expect(written).toContain(event)
  const text = JSON.stringify(rows) + sallyport.logged.join('\n')
  expect(canaries.length).toBeGreaterThan(10)
  for (const canary of [...canaries, email, next]) expect(text.includes(canary), canary).toBe(false)
  // Six digits may stand in any id or time; what an event says of itself must not be made of them.
  const details = JSON.stringify(rows.map((row) => row.details))
  expect(codes).toHaveLength(3)
  for (const code of codes) expect(details.includes(code), code).toBe(false)
  await sallyport.close()
})
