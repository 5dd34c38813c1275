// StariFoto's wire: passwords in base64, lives in milliseconds, 403 for a token that is too old. It has no attempt id: an
// answer that got lost is repeated within the server's grace alone.
import type { Endpoints } from './endpoints.js'

const failed = 'Failed to authenticate. Token is invalid or expired.'

export const starifoto: Endpoints = {
  signIn: {
    path: '/api/auth/login',
    members: { identifier: 'email', password: 'password' },
    base64: ['password'],
    statuses: { 400: 'invalid_request', 403: 'invalid_credentials', 418: 'email_not_verified' },
  },
  signUp: {
    path: '/api/auth/sign-up',
    members: { email: 'email', username: 'username', password: 'password' },
    base64: ['password'],
    statuses: { 400: 'invalid_request', 403: 'forbidden', 409: 'email_taken' },
  },
  refresh: { path: '/api/auth/refresh', members: {}, statuses: { 403: 'session_ended' } },
  signOut: { path: '/api/auth/logout', members: {} },
  answer: {
    accessToken: 'accessToken',
    refreshToken: 'refreshToken',
    expiresIn: 'expiresIn',
    unit: 'milliseconds',
    user: 'user',
  },
  ended: { status: 403, member: 'message', is: [failed] },
  refused: { status: 403, member: 'message', is: [failed] },
  retryOn403: 'auto',
  message: 'message',
}
