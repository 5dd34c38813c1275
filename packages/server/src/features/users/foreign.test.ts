// Users as foreign contracts have them: by page, seen and changed by themselves or by administrators.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { users } from '../../domain/tables.js'
import { newUserRow } from '../../domain/users.js'
import { operate } from '../../testing/administrator.js'
import { newest, topics } from '../../testing/mailed.js'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

interface Somebody {
  readonly id: string
  readonly email: string
  readonly access_token: string
}

const password = 'correct horse battery'
const nowhere = '00000000-0000-7000-8000-000000000000'
let sallyport: Sallyport
let ada: Somebody
let grace: Somebody
let root: Somebody
let made = 0

async function join(): Promise<Somebody> {
  made += 1
  const email = `somebody${made}@example.com`
  const { json } = await sallyport.browser().post('/w/signup', { email, password })
  return { id: json.user.id, email, access_token: json.access_token }
}

beforeAll(async () => {
  sallyport = await openSallyport({ contracts: [plainWire({ lifetimes: { access: 900 } })] })
  root = await join()
  await operate(sallyport, 'users.update', { id: root.id, roles: ['admin'] })
  ada = await join()
  grace = await join()
})
afterAll(() => sallyport.close())

const ask = (who: Somebody, operation: string, input: object) =>
  sallyport.as(who).post(`/w/${operation}`, input)
const view = (who: Somebody, id: string) => ask(who, 'users.view', { id })
const edit = (who: Somebody, input: object) => ask(who, 'users.edit', input)
const get = async (id: string) => (await operate(sallyport, 'users.get', { id })).user

describe('a user', () => {
  it('is seen by themselves and by administrators', async () => {
    expect((await view(ada, ada.id)).json.user.email).toBe(ada.email)
    expect((await view(root, ada.id)).json.user.email).toBe(ada.email)
    expect(said(await view(grace, ada.id))).toBe('403 forbidden')
    expect(said(await view(grace, nowhere))).toBe('403 forbidden')
    expect(said(await view(root, nowhere))).toBe('404 not_found')
    expect(said(await view(root, 'no id at all'))).toBe('404 not_found')
    expect(said(await sallyport.browser().post('/w/users.view', { id: ada.id }))).toBe('401 token_missing')
  })

  it('is shown to anybody by name and birthday alone', async () => {
    const shown = async (id: string) => sallyport.browser().post('/w/users.public', { id })
    await edit(ada, { id: ada.id, name: 'Ada' })
    expect((await shown(ada.id)).json).toEqual({
      id: ada.id,
      name: 'Ada',
      since: '2030-01-01T00:00:00.000Z',
    })
    expect(said(await shown(nowhere))).toBe('404 not_found')
    const gone = await join()
    await operate(sallyport, 'users.delete', { id: gone.id })
    expect(said(await shown(gone.id))).toBe('404 not_found')
    expect(said(await view(root, gone.id))).toBe('404 not_found')
  })
})

describe('what users change of their own', () => {
  it('is their name and nothing that administrators decide', async () => {
    expect((await edit(grace, { id: grace.id, name: 'Grace' })).json.user.name).toBe('Grace')
    for (const input of [
      { enabled: true },
      { roles: [] },
      { roles: ['admin'] },
      { enabled: false, name: 'x' },
    ])
      expect(said(await edit(grace, { id: grace.id, ...input }))).toBe('403 forbidden')
    for (const id of [ada.id, nowhere])
      expect(said(await edit(grace, { id, name: 'x' }))).toBe('403 forbidden')
    expect(await get(grace.id)).toMatchObject({ name: 'Grace', roles: [], status: 'active' })
    expect((await get(ada.id)).name).toBe('Ada')
  })

  it('is their address, unproven until it is proven anew; the old one is told', async () => {
    const user = await join()
    await operate(sallyport, 'users.update', { id: user.id, email_verified: true })
    const email = `new${made}@example.com`
    const answer = await edit(user, { id: user.id, email })
    expect(answer.json.user).toMatchObject({ email, email_verified: false })
    const undo = await newest(sallyport, user.email, 'email_changed')
    const { token } = await newest(sallyport, email, 'verify_email')
    expect(said(await sallyport.browser().post('/w/email.confirm', { proof: token }))).toBe('200')
    expect((await get(user.id)).email_verified).toBe(true)
    expect((await edit(user, { id: user.id, email: email.toUpperCase() })).json.user.email_verified).toBe(
      true,
    )
    expect(told(await sallyport.browser().post('/v1/email/undo', { token: undo.token }))).toBe('200')
    expect((await get(user.id)).email).toBe(user.email)
  })

  it('is no address of somebody else, and a code on its way to the old one is void', async () => {
    const user = await join()
    const { token } = await newest(sallyport, user.email)
    expect(said(await edit(user, { id: user.id, email: ada.email }))).toBe('409 email_taken')
    expect((await get(user.id)).email).toBe(user.email)
    expect(said(await edit(user, { id: user.id, email: 'no address' }))).toBe('400 invalid_request email')
    await edit(user, { id: user.id, email: `moved${made}@example.com` })
    expect(said(await sallyport.browser().post('/w/email.confirm', { proof: token }))).toBe(
      '401 code_invalid',
    )
  })

  it('is no address by a stolen token alone: that asks for a recent proof', async () => {
    const user = await join()
    sallyport.clock.advance(301_000)
    expect(said(await edit(user, { id: user.id, email: `late${made}@example.com` }))).toBe(
      '401 step_up_required',
    )
    expect(said(await edit(user, { id: user.id, email: user.email, name: 'Late' }))).toBe('200')
    expect(await get(user.id)).toMatchObject({ email: user.email, name: 'Late' })
  })

  it('asks for no more messages to an address than the limit allows', async () => {
    const [one, email] = [await join(), `crowded${made}@example.com`]
    for (let at = 0; at < 5; at++) await sallyport.browser().post('/v1/email/verify/resend', { email })
    expect(said(await edit(one, { id: one.id, email }))).toBe('429 too_many_requests')
    expect((await get(one.id)).email).toBe(one.email)
    expect(await topics(sallyport, one.email)).toEqual(['verify_email'])
  })
})

describe('what administrators change', () => {
  const fresh = async () => {
    const { json } = await sallyport.browser().post('/w/login', { identifier: root.email, password })
    return { ...root, access_token: json.access_token as string }
  }

  it('is name, address, roles and whether somebody gets in, whose sessions end', async () => {
    const [user, admin] = [await join(), await fresh()]
    const input = { id: user.id, name: 'U', email: `u${made}@example.com`, roles: ['editor'], enabled: false }
    const answer = await edit(admin, input)
    expect(answer.json.user).toMatchObject({
      name: 'U',
      email: input.email,
      roles: ['editor'],
      status: 'disabled',
    })
    expect(said(await ask(user, 'profile.get', {}))).toBe('401 session_ended')
    expect(sallyport.events).toContain('user.disabled')
    expect((await edit(admin, { id: user.id, enabled: true })).json.user.status).toBe('active')
    expect(said(await edit(admin, { id: nowhere, name: 'x' }))).toBe('404 not_found')
  })

  it('never takes the last administrator away, nor half of what was asked', async () => {
    const admin = await fresh()
    for (const input of [
      { enabled: false, name: 'gone' },
      { roles: [], name: 'gone' },
    ])
      expect(said(await edit(admin, { id: root.id, ...input }))).toBe('403 forbidden')
    const after = await get(root.id)
    expect([after.status, after.roles, after.name]).toEqual(['active', ['admin'], undefined])
  })

  it('asks for a proof of 15 minutes, and is refused to auditors, in the audit log', async () => {
    const admin = await fresh()
    const auditor = await join()
    await operate(sallyport, 'users.update', { id: auditor.id, roles: ['auditor'] })
    expect(said(await view(auditor, ada.id))).toBe('200')
    expect(said(await edit(auditor, { id: ada.id, name: 'x' }))).toBe('403 forbidden')
    const { items } = await operate(sallyport, 'audit.list', {})
    expect(JSON.stringify(items[0])).toContain('users.edit')
    expect((await get(ada.id)).name).toBe('Ada')
    sallyport.clock.advance(899_000)
    expect(said(await edit(admin, { id: ada.id, name: 'Ada' }))).toBe('200')
  })
})

it('users are called by what their contract calls them', async () => {
  const user = { id: '$number', email: '$email' }
  const server = await openSallyport({ contracts: [plainWire({ ids: 'integer', user })] })
  const { json } = await server.browser().post('/w/signup', { email: 'one@example.com', password })
  const uuid = (await operate(server, 'users.list', {})).items[0].id
  const see = (id: string) => server.as(json).post('/w/users.view', { id })
  expect((await see(String(json.user.id))).json.user).toEqual(json.user)
  expect(said(await see(uuid))).toBe('403 forbidden')
  const input = { id: String(json.user.id), email: 'two@example.com' }
  const answer = await server.as(json).post('/w/users.edit', input)
  expect(answer.json.user).toEqual({ id: json.user.id, email: 'two@example.com' })
  await operate(server, 'users.update', { id: uuid, roles: ['admin'] })
  const page = (await server.as(json).post('/w/users.page', {})).json
  expect(page.users).toEqual(['two@example.com'])
  await server.close()
})

it('a token of a contract that looks at the user is over with the address that it was made with', async () => {
  const sessions = { check: 'live' } as const
  const server = await openSallyport({ contracts: [plainWire({ sessions })] })
  const { json } = await server.browser().post('/w/signup', { email: 'one@example.com', password })
  const me = async () => said(await server.as(json).post('/w/profile.get', {}))
  expect(await me()).toBe('200')
  await server.as(json).post('/w/users.edit', { id: json.user.id, email: 'two@example.com' })
  expect(await me()).toBe('401 access_token_invalid')
  await server.close()
})

describe('a page of users', () => {
  it('has their exact number, the oldest first, without those who were deleted', async () => {
    const server = await openSallyport({ contracts: [plainWire()] })
    const { json } = await server.browser().post('/w/signup', { email: 'root@example.com', password })
    await operate(server, 'users.update', { id: json.user.id, roles: ['admin'] })
    const { store, clock } = server.server.context
    for (let at = 0; at < 45; at++) {
      const address = `user${at}@example.com`
      const email = { address, normalized: address }
      await store.insert(users, newUserRow(clock.now() + 1 + at, { email }))
    }
    const [last] = await store.list(users, { where: { email: 'user44@example.com' }, limit: 1 })
    await operate(server, 'users.delete', { id: last!.id })
    const page = async (input: object) => (await server.as(json).post('/w/users.page', input)).json
    const { users: first, ...facts } = await page({})
    expect(first.slice(0, 2)).toEqual(['root@example.com', 'user0@example.com'])
    const usual = { pages: 3, page: 0, size: 20, count: 20, first: true, last: false, empty: false }
    expect(facts).toEqual({ total: 45, ...usual })
    const third = await page({ page: 2 })
    expect(third).toMatchObject({ page: 2, count: 5, first: false, last: true })
    expect(third.users.at(-1)).toBe('user43@example.com')
    const skipped = { users: ['user1@example.com'], page: 2, size: 1, total: 45 }
    expect(await page({ skip: 2, limit: 1 })).toMatchObject(skipped)
    expect(await page({ page: 9 })).toMatchObject({ users: [], count: 0, last: true, empty: true, total: 45 })
    const refused = async (input: object) => said(await server.as(json).post('/w/users.page', input))
    expect(await refused({ page: 101, size: 100 })).toBe('400 invalid_request page')
    expect(await refused({ page: 100, size: 100 })).toBe('200')
    expect(await refused({ skip: 10_001 })).toBe('400 invalid_request skip')
    expect(await refused({ size: 101 })).toBe('400 invalid_request size')
    expect(await refused({ page: -1 })).toBe('400 invalid_request page')
    expect(await refused({ page: 0, skip: 0 })).toBe('400 invalid_request skip')
    await server.close()
  })

  it('is for administrators', async () => {
    expect(said(await ask(ada, 'users.page', {}))).toMatch(/^401 access_token_expired|^403 forbidden/)
    expect(said(await ask(await join(), 'users.page', {}))).toBe('403 forbidden')
  })
})

it('whom an administrator makes or moves is held up by no proof, on a contract that wants one', async () => {
  const server = await openSallyport({ contracts: [plainWire({ confirm: 'email' })] })
  const { context } = server.server
  await operate(server, 'users.create', {
    email: 'root@example.com',
    password,
    roles: ['admin'],
    email_verified: true,
  })
  const admin = (await server.browser().post('/w/login', { identifier: 'root@example.com', password })).json
  const create = async (body: object) => (await server.as(admin).post('/w/users.create', body)).json.user
  const made = await create({ email: 'made@example.com', password })
  expect(made.email_verified).toBe(true)
  expect((await create({ email: 'not@example.com', email_verified: false })).email_verified).toBe(false)
  expect((await create({ preferred_username: 'named' })).email_verified).toBe(false)
  await server.as(admin).post('/w/users.edit', { id: made.id, email: 'moved@example.com' })
  const logIn = { identifier: 'moved@example.com', password }
  expect(said(await server.browser().post('/w/login', logIn))).toBe('200')
  const native = (await operate(server, 'users.create', { email: 'native@example.com' })).user
  expect([native.email_verified, await context.store.count(users, {})]).toEqual([false, 5])
  await server.close()
})
