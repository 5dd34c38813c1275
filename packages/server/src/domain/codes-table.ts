// The tables of codes and links that are on their way to somebody, see codes.ts and gate-hand-over.ts. Hashes only.
import { bytes, id, integer, nullable, type Table, table, text } from '../store/table.js'

export const codes = table({
  name: 'codes',
  doc: 'Codes and links that are on their way to somebody. Hashes only.',
  columns: {
    id: id(),
    purpose: text(16),
    /** Of one purpose and subject there is one row, the newest: a keyed hash of an address or a user. */
    subject: text(43),
    /** Null where an address is nobody's: such a row is there like any other, and nothing redeems it. */
    user_id: nullable(id()),
    /** The address or number that it proves, as it is compared and as it is shown. */
    address: nullable(text(254)),
    shown: nullable(text(254)),
    code_hash: bytes(32),
    link_hash: bytes(32),
    /** What binds it to the client that asked; of some purposes the only key there is. */
    ticket_hash: bytes(32),
    /** What of the user must not have changed since. */
    binding: bytes(32),
    tries: integer(),
    created_at: integer(),
    /** Until when it can be redeemed; the row may be there longer, for its ticket. */
    ends_at: integer(),
    /** The same of what is typed, where that is shorter than of what is followed. */
    code_ends_at: nullable(integer()),
    expires_at: integer(),
  },
  key: ['id'],
  unique: [['purpose', 'subject'], ['link_hash'], ['ticket_hash']],
  indexes: [
    ['purpose', 'address'],
    ['user_id', 'purpose'],
  ],
  expires: 'expires_at',
  owner: 'user_id',
})
export type CodeRow = typeof codes extends Table<infer R> ? R : never

export const gateCodes = table({
  name: 'gate_codes',
  doc: 'Codes by which a session is handed over to an application’s host of another domain, by hash; each once.',
  columns: { hash: bytes(32), user_id: id(), session_id: id(), expires_at: integer() },
  key: ['hash'],
  indexes: [['user_id']],
  expires: 'expires_at',
  owner: 'user_id',
})
