// What users are called elsewhere, and the keys of contracts that sign with a pair of their own. Frozen, like every
// migration that was released.
import type { Migration } from '../../store/store.js'
import { type AnyTable, bytes, integer, nullable, table, text } from '../../store/table.js'

const contractKeys = table({
  name: 'contract_keys',
  columns: { id: text(80), kid: text(128), sealed: bytes(8192), created_at: integer() },
  key: ['id'],
}) as unknown as AnyTable

const sequences = table({
  name: 'sequences',
  columns: { name: text(32), value: integer() },
  key: ['name'],
}) as unknown as AnyTable

export const contracts: Migration = {
  number: 8,
  name: 'contracts',
  steps: [
    { addColumn: { table: 'users', name: 'number', column: nullable(integer()) } },
    { addColumn: { table: 'users', name: 'external_id', column: nullable(text(64)) } },
    { addColumn: { table: 'users', name: 'provider', column: nullable(text(16)) } },
    { addIndex: { table: 'users', columns: ['number'], unique: true } },
    { addIndex: { table: 'users', columns: ['external_id'], unique: true } },
    { create: contractKeys },
    { create: sequences },
  ],
}
