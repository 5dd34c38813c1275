// Somebody who is signed in, and one call to a service. The call carries the token; where the service refuses it, with 401
// or with StariFoto's 403, the token is renewed and the call made once more, all inside `sallyport.fetch`. Where the renewal
// is refused because the session is over, the snapshot says so and the form is back. Where the second call is, the service
// does not want this from this user, and that is all: nobody has to sign in again for it.
import { useState } from 'react'
import { sallyport, wire } from './sallyport.js'

async function askService() {
  try {
    const answer = await sallyport.fetch(wire.me)
    if (!answer.ok) return `The service answered ${answer.status}.`
    const user = await answer.json()
    return `The service knows you as ${wire.nameOf(user)}.`
  } catch {
    return 'The service cannot be reached.'
  }
}

export function Account({ user, away }) {
  const [said, setSaid] = useState('Nothing has been asked yet.')
  async function ask() {
    setSaid('Asking …')
    setSaid(await askService())
  }
  return (
    <section>
      <h1>Hello, {wire.nameOf(user)}</h1>
      {away && (
        <p className="told" role="status">
          No connection. You stay signed in, and we go on as soon as it is back.
        </p>
      )}
      <dl>
        <dt>Email</dt>
        <dd>{user.email}</dd>
        <dt>Account</dt>
        <dd>
          <code>{String(user.id)}</code>
        </dd>
      </dl>
      <p className="said" aria-live="polite">
        {said}
      </p>
      <button type="button" onClick={ask}>
        Ask the service
      </button>
      <button type="button" className="plain" onClick={() => sallyport.signOut()}>
        Sign out
      </button>
    </section>
  )
}
