import { expect, it } from 'vitest'
import { setUp } from '../testing/administrator.js'
import { openSallyport, type Sallyport } from '../testing/sallyport.js'
import { told } from '../testing/told.js'

/** Lets something happen right after the next session was read, before its user is. */
function afterTheSession({ server }: Sallyport, act: () => Promise<unknown>): void {
  const { store } = server.context
  const { get } = store
  store.get = async (table, key) => {
    const row = await get(table, key)
    if (table.name !== 'sessions') return row
    store.get = get
    await act()
    return row
  }
}

it('a session that was kept while everything else ended is not refused, though it was read before and its user after', async () => {
  const sallyport = await openSallyport()
  const { browser } = await setUp(sallyport)
  const endOthers = async () => {
    const answer = await browser.send('DELETE', '/v1/me/sessions')
    expect(answer.status).toBe(204)
  }
  afterTheSession(sallyport, endOthers)
  expect(told(await browser.get('/v1/admin/users'))).toBe('200')
  const signOut = async () => {
    expect((await browser.post('/v1/logout/all')).status).toBe(204)
  }
  afterTheSession(sallyport, signOut)
  expect(told(await browser.get('/v1/admin/users'))).toBe('401 session_ended')
  await sallyport.close()
})
