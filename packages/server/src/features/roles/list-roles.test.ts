import { expect, it } from 'vitest'
import { operate } from '../../testing/administrator.js'
import { plainWire, said } from '../../testing/plain-wire.js'
import { openSallyport } from '../../testing/sallyport.js'

it('the roles of a contract are shown to administrators alone', async () => {
  const sallyport = await openSallyport({ contracts: [plainWire()] })
  const signedUp = { email: 'ada@example.com', password: 'correct horse battery' }
  const { access_token, user } = (await sallyport.browser().post('/w/signup', signedUp)).json
  const ask = () => sallyport.as({ access_token }).post('/w/roles.list', {})
  expect(said(await sallyport.browser().post('/w/roles.list', {}))).toBe('401 token_missing')
  expect(said(await ask())).toBe('403 forbidden')
  await operate(sallyport, 'users.update', { id: user.id, roles: ['admin'] })
  const answer = await ask()
  expect([said(answer), answer.json]).toEqual(['200', ['Admin', 'User']])
  await sallyport.close()
})
