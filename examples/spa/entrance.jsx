// Signing in and signing up, on one form each that password managers understand.
import { useState } from 'react'
import { sallyport, wire } from './sallyport.js'

const sentences = {
  invalid_credentials: 'That does not match. Check the address and the password.',
  email_not_verified: 'Please follow the link in our mail first.',
  email_taken: 'This address has an account already.',
  account_disabled: 'This account is closed.',
  password_too_short: 'Please take a longer password.',
  password_too_common: 'Too many people use this password. Please take another.',
  too_many_requests: 'Too many attempts. Please wait a little.',
  unreachable: 'The server cannot be reached. Are you online?',
  timed_out: 'The server does not answer just now.',
}
const sentenceOf = (error) => sentences[error.code] ?? error.fields?.[0]?.detail ?? error.message

export function Entrance() {
  const [joining, setJoining] = useState(false)
  const [told, setTold] = useState()
  const [busy, setBusy] = useState(false)

  async function submit(event) {
    event.preventDefault()
    const { email, username, password } = Object.fromEntries(new FormData(event.currentTarget))
    setBusy(true)
    setTold(undefined)
    const answer = joining
      ? await sallyport.signUp({ email, password, ...(wire.username && { username }) })
      : await sallyport.signIn.password({ identifier: email, password })
    setBusy(false)
    if (!answer.ok) return setTold({ role: 'alert', text: sentenceOf(answer.error) })
    if (answer.data.next === 'done') return
    setJoining(false)
    const text =
      answer.data.next === 'verify'
        ? 'We have sent you a mail. Follow its link, then sign in.'
        : 'This account asks for a second factor, which this example does not show.'
    setTold({ role: 'status', text })
  }

  function turn() {
    setJoining(!joining)
    setTold(undefined)
  }

  return (
    <form onSubmit={submit}>
      <h1>{joining ? 'Create an account' : 'Sign in'}</h1>
      {told && (
        <p className="told" role={told.role}>
          {told.text}
        </p>
      )}
      <Field label="Email" name="email" type="email" autoComplete="username" spellCheck={false} />
      {joining && wire.username && <Field label="Name" name="username" autoComplete="nickname" />}
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete={joining ? 'new-password' : 'current-password'}
      />
      <button type="submit" disabled={busy}>
        {joining ? 'Create the account' : 'Sign in'}
      </button>
      <button type="button" className="plain" onClick={turn}>
        {joining ? 'I have an account' : 'I am new here'}
      </button>
    </form>
  )
}

function Field({ label, ...input }) {
  return (
    <label>
      {label}
      <input required {...input} />
    </label>
  )
}
