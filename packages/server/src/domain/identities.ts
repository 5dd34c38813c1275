// Who users are elsewhere. An identity is a provider and the subject by which it knows somebody, which it never gives to
// anybody else; the address beside it is for people to read, and nothing is decided by it.
import { id, integer, nullable, type Table, table, text } from '../store/table.js'

export const identities = table({
  name: 'identities',
  doc: 'Accounts elsewhere by which a user may sign in.',
  columns: {
    id: id(),
    user_id: id(),
    provider: text(32),
    subject: text(255),
    /** As the provider said it last. */
    email: nullable(text(254)),
    created_at: integer(),
    last_used_at: integer(),
  },
  key: ['id'],
  unique: [
    ['provider', 'subject'],
    ['user_id', 'provider'],
  ],
  owner: 'user_id',
  exported: ['provider', 'subject', 'email', 'created_at', 'last_used_at'],
})
export type IdentityRow = typeof identities extends Table<infer R> ? R : never
