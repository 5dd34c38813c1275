// How many audit chains were begun, told outside the audit log's own tables. Frozen, like every migration that was
// released.
import type { Migration } from '../../store/store.js'
import { bytes, integer, nullable } from '../../store/table.js'

const column = { table: 'administration' } as const

export const auditAnchor: Migration = {
  number: 6,
  name: 'audit-anchor',
  steps: [
    { addColumn: { ...column, name: 'audit_chains', column: integer() } },
    { addColumn: { ...column, name: 'audit_chains_hash', column: nullable(bytes(32)) } },
  ],
}
