import { operation } from '../operation.js'
import { integer, list, nothing, object, oneOf, text } from '../schema.js'
import { deviceToken, tokens, transport } from './shapes.js'

/** Linking and unlinking are one matter: a proof for the one is a proof for the other. */
const proof = { purpose: 'social.link' }

const credential = text({
  minLength: 1,
  maxLength: 8192,
  description: 'The ID token that Google gave to the browser or app.',
})
const nonce = text({
  minLength: 1,
  maxLength: 255,
  description: 'What the client asked Google to put into the ID token; must be sent where the token has one.',
})

const identity = object(
  { provider: text(), created_at: integer(), last_used_at: integer() },
  { email: text({ description: 'As the provider knew it when the identity was last used.' }) },
)

export const listProviders = operation({
  name: 'social.list',
  summary: 'The providers that one can sign in with here.',
  caller: 'anyone',
  effect: 'read',
  input: nothing,
  output: object({ items: list(object({ provider: text(), client_id: text() })) }),
  errors: [],
})

export const logInWithGoogle = operation({
  name: 'social.google',
  summary: 'Signs in with a credential of Google, and makes an account where there is none.',
  caller: 'anyone',
  effect: 'write',
  input: object({ credential }, { nonce, device_token: deviceToken, transport }),
  output: tokens,
  errors: [
    'invalid_credentials',
    'account_disabled',
    'email_not_verified',
    'email_taken',
    'link_required',
    'forbidden',
    'not_found',
    'too_many_requests',
    'provider_unavailable',
  ],
  wayIn: true,
})

export const linkGoogle = operation({
  name: 'social.link',
  summary: 'Lets the signed-in user sign in with this account of Google too.',
  caller: 'recent',
  proof,
  effect: 'write',
  input: object({ credential }, { nonce }),
  output: identity,
  errors: ['invalid_credentials', 'conflict', 'not_found', 'too_many_requests', 'provider_unavailable'],
})

export const listIdentities = operation({
  name: 'social.identities',
  summary: 'The accounts of other providers that the user signs in with.',
  caller: 'access',
  effect: 'read',
  input: nothing,
  output: object({ items: list(identity) }),
  errors: [],
})

export const unlinkIdentity = operation({
  name: 'social.unlink',
  summary: 'Ends the signing in with a provider; the last way in stays.',
  caller: 'recent',
  proof,
  effect: 'write',
  input: object({ provider: oneOf('google') }),
  output: nothing,
  errors: ['not_found', 'conflict'],
})
