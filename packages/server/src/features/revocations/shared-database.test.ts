import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missing, testSchema } from '../../testing/postgres.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'

// skipped: where no PostgreSQL answers; the reason is printed
describe.skipIf(missing !== undefined)('two servers on one PostgreSQL', () => {
  const schema = testSchema()
  const servers: Sallyport[] = []

  beforeAll(async () => {
    const secret = { current: new Uint8Array(32).fill(7) }
    const settings = { 'database-url': schema.url, issuer: 'http://auth.localhost', port: '0' }
    // At once, so that both find the schema missing and both make the first key.
    servers.push(...(await Promise.all([1, 2].map(() => openSallyport({ secret, settings })))))
    for (const { server } of servers) await server.listen()
  })
  afterAll(async () => {
    for (const server of servers) await server.close()
    await schema.drop()
  })

  const me = async (server: Sallyport, tokens: { access_token: string }) =>
    (await server.as(tokens).get('/v1/me')).status

  it('take each other’s tokens, and hear from each other by themselves what has ended', async () => {
    const [here, there] = servers as [Sallyport, Sallyport]
    const user = await here.signUp()
    expect(await me(there, user)).toBe(200)
    expect((await there.as(user).post('/v1/logout/all')).status).toBe(204)
    expect(await me(there, user)).toBe(401)
    await expect.poll(() => me(here, user), { timeout: 10_000 }).toBe(401)
  })

  it('make one account of an address that is asked for at both at once', async () => {
    const body = { email: 'both@example.com', password: 'a door behind the ivy' }
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => servers[i % 2]!.browser().post('/v1/signup', body)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
  })

  it('give one successor for a refresh token that comes to both at once', async () => {
    const [here, there] = servers as [Sallyport, Sallyport]
    const { refresh_token } = await here.signUp()
    const answers = await Promise.all(
      [here, there, here, there].map((server) => server.browser().post('/v1/refresh', { refresh_token })),
    )
    const tokens = answers.map(({ json }) => (json as { refresh_token?: string }).refresh_token)
    expect(new Set(tokens).size).toBe(1)
    expect(tokens[0]).toBeTypeOf('string')
  })
})
