// The bus that fits a Redis or a database, loaded with its driver at first use.
import type { ClientConfig } from 'pg'
import type { Bus, BusLog } from '../bus.js'
import { openLocal } from './local.js'
import { openPoll } from './poll.js'
import type { RedisBusOptions } from './redis.js'

export interface BusOptions {
  /** Where data is kept. */
  readonly url: string
  /** How a Redis beside the database is reached. */
  readonly redis?: Pick<RedisBusOptions, 'config' | 'prefix'>
  /** How a PostgreSQL server is reached without a pooler in between; for data that is kept there. */
  readonly postgres?: ClientConfig
  readonly log: BusLog
}

/** Opens a bus, which connects when it is first used. */
export async function openBus({ url, redis, postgres, log }: BusOptions): Promise<Bus> {
  if (redis) return (await import('./redis.js')).openRedisBus({ ...redis, log })
  if (postgres) return (await import('./postgres.js')).openPostgresBus({ config: postgres, log })
  return /^(sqlite|memory):/.test(url) ? openLocal(new Set()) : openPoll()
}
