// The bus that fits a database, loaded with its driver at first use.
import type { ClientConfig } from 'pg'
import type { Bus, BusLog } from '../bus.js'
import { openLocal } from './local.js'
import { openPoll } from './poll.js'

export interface BusOptions {
  /** Where data is kept. */
  readonly url: string
  /** How a PostgreSQL server is reached without a pooler in between; for data that is kept there. */
  readonly postgres?: ClientConfig
  readonly log: BusLog
}

/** Opens a bus, which connects when it is first used. */
export async function openBus({ url, postgres, log }: BusOptions): Promise<Bus> {
  if (postgres) return (await import('./postgres.js')).openPostgresBus({ config: postgres, log })
  return /^(sqlite|memory):/.test(url) ? openLocal(new Set()) : openPoll()
}
