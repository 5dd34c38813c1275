// Introspection of tokens that a foreign contract made, which say who they are for in that contract's words.
import { contracts } from '@sallyport/protocol'
import { expect, it } from 'vitest'
import { openSallyport } from '../../testing/sallyport.js'

const key = `vk_${'a1B2'.repeat(8)}`
const form = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Bearer ${key}` }

it.each(['com3014', 'com3014-head'])('tokens of %s are active until their session ends', async (name) => {
  const wire = contracts.map(({ contract }) => contract).filter((contract) => contract.name === name)
  const sallyport = await openSallyport({ contracts: wire, env: { SALLYPORT_VERIFIER_KEYS: key } })
  const ask = async (token: string) =>
    (await sallyport.browser().post('/v1/introspect', `token=${token}`, form)).json
  const who = { email: 'ada@example.com', password: 'tzqx' }
  const { access_token, refresh_token } = (await sallyport.browser().post('/auth/signup', who)).json
  const shown = await ask(access_token)
  expect(shown).toMatchObject({ active: true, token_type: 'Bearer', client_id: name, roles: [] })
  expect(await ask(refresh_token)).toMatchObject({ active: true, sub: shown.sub, sid: shown.sid })
  expect(await ask(`${access_token.slice(0, -4)}AAAA`)).toEqual({ active: false })
  await sallyport.as({ access_token }).post('/auth/logout')
  expect(await ask(access_token)).toEqual({ active: false })
  expect(await ask(refresh_token)).toEqual({ active: false })
  await sallyport.close()
})
