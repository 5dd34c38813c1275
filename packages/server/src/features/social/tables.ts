import { integer, table, text } from '../../store/table.js'

/** Credentials that were accepted, until they are over: SHA-256 of what their signature signs, as base64url. */
export const spentCredentials = table({
  name: 'spent_credentials',
  doc: 'Credentials of others that were accepted, by hash, until they are over; each once.',
  columns: { hash: text(43), expires_at: integer() },
  key: ['hash'],
  expires: 'expires_at',
})
