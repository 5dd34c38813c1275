import { afterEach, expect, it } from 'vitest'
import { settings as declared } from '../../server.js'
import { machine, withRoles } from '../../testing/administrator.js'
import { openSallyport, type Sallyport } from '../../testing/sallyport.js'
import { told } from '../../testing/told.js'

let sallyport: Sallyport
afterEach(() => sallyport.close())

it('every setting is there with its value and where it came from, and no secret is', async () => {
  const key = `vk_${'canary'.repeat(8)}`
  sallyport = await openSallyport({
    settings: { 'access-token.ttl': '2m' },
    env: { SALLYPORT_AUDIENCE: 'shop', SALLYPORT_VERIFIER_KEYS: key },
  })
  const answer = await (await machine(sallyport, 'settings:read')).get('/v1/admin/settings')
  const { items } = answer.json
  const names = items.map(({ name }: { name: string }) => name)
  expect(names).toEqual(declared.map(({ name }) => name).sort())
  const of = (name: string) => items.find((item: { name: string }) => item.name === name)
  expect(of('access_token.ttl')).toMatchObject({ value: '2m', source: 'flag' })
  expect(of('audience')).toEqual({
    name: 'audience',
    value: 'shop',
    source: 'environment',
    where: 'SALLYPORT_AUDIENCE',
  })
  expect(of('refresh_token.grace')).toMatchObject({ value: '10s', source: 'default' })
  expect(of('verifier_keys')).toMatchObject({ value: '(hidden)', source: 'environment' })
  expect(answer.text).not.toContain('canary')
})

it('is for administrators and machines that may read it', async () => {
  sallyport = await openSallyport()
  const read = async (browser: Parameters<typeof sallyport.as>[0]) =>
    told(await sallyport.as(browser).get('/v1/admin/settings'))
  expect(await read(await withRoles(sallyport, 'auditor'))).toBe('200')
  expect(await read(await sallyport.signUp())).toBe('403 forbidden')
  expect(told(await (await machine(sallyport, 'stats:read')).get('/v1/admin/settings'))).toBe('403 forbidden')
  expect(told(await sallyport.browser().get('/v1/admin/settings'))).toBe('401 token_missing')
})
