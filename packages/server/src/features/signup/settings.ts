import { boolean, list } from '../../util/setting.js'

export const open = boolean('signup.open', true, { doc: 'Whether strangers may make accounts.' })
export const identifiers = list('signup.identifiers', ['email', 'username'], {
  doc: 'What an account may be signed up and logged in with.',
  expected: 'a list of email and username',
  test: (item) => item === 'email' || item === 'username',
})
