// Room beside the rows that every refresh and every log-in changes. Frozen, like every migration that was released.
import type { Migration } from '../../store/store.js'

export const room: Migration = {
  number: 13,
  name: 'room',
  steps: ['sessions', 'users', 'counters'].map((table) => ({ leaveRoom: { table } })),
}
