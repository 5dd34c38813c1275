// Where the native contract proves addresses and numbers: codes, links, forgotten passwords, log-in without one.
import type { Route, Template } from '../contract.js'
import { access, empty, tokens } from './native-shapes.js'

const asked: Template = { expires_in: '$expires_in|seconds', resend_after: '$resend_after|seconds' }
const ticketed: Template = { ...asked, ticket: '$ticket' }
const setPassword: Template = { next: '$next', ticket: '$ticket', expires_in: '$expires_in|seconds' }

/** A sign-up that is not done before its address is proven. */
export const verifyFirst: Template = { next: '$next', email: '$email', ...ticketed }

export const proofs: readonly Route[] = [
  {
    operation: 'email.verify',
    on: 'POST /v1/email/verify',
    reply: { status: 200, body: tokens, cookies: 'set' },
    instead: [{ when: 'next', reply: { status: 200, body: setPassword } }],
  },
  { operation: 'email.resend', on: 'POST /v1/email/verify/resend', reply: { status: 202, body: asked } },
  {
    operation: 'email.change',
    on: 'POST /v1/me/email',
    tokens: access,
    reply: { status: 202, body: ticketed },
  },
  { operation: 'email.undo', on: 'POST /v1/email/undo', reply: { status: 200, body: setPassword } },
  { operation: 'password.forgot', on: 'POST /v1/password/forgot', reply: { status: 202, body: asked } },
  { operation: 'password.reset', on: 'POST /v1/password/reset', reply: empty },
  { operation: 'code.request', on: 'POST /v1/login/code', reply: { status: 202, body: ticketed } },
  {
    operation: 'code.verify',
    on: 'POST /v1/login/code/verify',
    reply: { status: 200, body: tokens, cookies: 'set' },
  },
  {
    operation: 'phone.change',
    on: 'POST /v1/me/phone',
    tokens: access,
    reply: { status: 202, body: asked },
  },
  {
    operation: 'phone.verify',
    on: 'POST /v1/me/phone/verify',
    tokens: access,
    reply: { status: 200, body: '$user' },
  },
  { operation: 'phone.remove', on: 'DELETE /v1/me/phone', tokens: access, reply: empty },
  {
    // Not GET: what a link holds is a secret, and addresses are written to logs.
    operation: 'link.get',
    on: 'POST /v1/link',
    reply: {
      status: 200,
      body: { purpose: '$purpose', email: '$email', expires_at: '$expires_at|rfc3339' },
    },
  },
]
