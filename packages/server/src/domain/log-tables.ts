// The tables of what is written down and counted of everything that happens; tables.ts has the others, and hands these on.
import { bytes, id, integer, json, nullable, type Table, table, text } from '../store/table.js'

/** Each process writes a chain of its own, so that writers never wait for one another. */
export const audit = table({
  name: 'audit',
  doc: 'Who did what to whom, from where, and how it ended. Append-only; each process writes a chain of its own.',
  columns: {
    id: id(),
    at: integer(),
    event: text(64),
    outcome: text(8),
    actor: text(16),
    actor_id: nullable(text(64)),
    user_id: nullable(text(64)),
    session_id: nullable(text(64)),
    ip: nullable(text(64)),
    user_agent: nullable(text(512)),
    request_id: nullable(text(64)),
    details: json(),
    chain: id(),
    sequence: integer(),
    hash: bytes(32),
  },
  key: ['id'],
  unique: [['chain', 'sequence']],
  indexes: [['at'], ['user_id', 'at'], ['event', 'at']],
})
export type AuditRow = typeof audit extends Table<infer R> ? R : never

export const auditHeads = table({
  name: 'audit_heads',
  doc: 'The signed end of each audit chain: without it a chain cut off at its end would look whole.',
  columns: { chain: id(), sequence: integer(), hash: bytes(32), at: integer() },
  key: ['chain'],
})

export const auditKeys = table({
  name: 'audit_keys',
  doc: 'Keys of audit chains written under a master secret that was replaced since, sealed.',
  columns: {
    id: text(32),
    /** With the id as associated data. */
    sealed: bytes(128),
    created_at: integer(),
  },
  key: ['id'],
})

export const stats = table({
  name: 'stats',
  doc: 'Counters for plots, by minute and by hour.',
  columns: { name: text(48), period: text(8), at: integer(), count: integer(), expires_at: integer() },
  key: ['name', 'period', 'at'],
  indexes: [['period', 'at']],
  expires: 'expires_at',
})
