import { bytes, id, integer, table } from '../../store/table.js'

export const legacySpent = table({
  name: 'legacy_spent',
  doc: 'Refresh tokens of an earlier backend that were traded, by their hashes; each once.',
  columns: { hash: bytes(32), user_id: id(), session_id: id(), spent_at: integer(), expires_at: integer() },
  key: ['hash'],
  expires: 'expires_at',
})
