// Sessions that are handed over to hosts of another domain. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, bytes, id, integer, table } from '../../store/table.js'

const codes = table({
  name: 'gate_codes',
  columns: { hash: bytes(32), user_id: id(), session_id: id(), expires_at: integer() },
  key: ['hash'],
  indexes: [['user_id']],
  expires: 'expires_at',
  owner: 'user_id',
}) as unknown as AnyTable

export const gateCodes: Migration = { number: 14, name: 'gate_codes', steps: [{ create: codes }] }
