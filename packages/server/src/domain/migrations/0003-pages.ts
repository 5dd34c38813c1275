// What the cookie of the hosted pages is compared with. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'
import { bytes, nullable } from '../../store/table.js'

export const pages: Migration = {
  number: 3,
  name: 'pages',
  steps: [{ addColumn: { table: 'sessions', name: 'page_hash', column: nullable(bytes(32)) } }],
}
