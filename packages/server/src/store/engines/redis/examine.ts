// What a Redis says of itself, for `doctor` and `status`: whether it answers, and whether it keeps what it is given.
import { StoreUnavailable } from '../../store.js'
import { openLink } from './link.js'

export interface Examined {
  /** Why it cannot be used; undefined where it answers and takes writes. */
  readonly trouble?: string
  readonly version?: string
  /** What it does when it is full; undefined where it does not tell. */
  readonly policy?: string
  /** Whether it keeps data on a disk; undefined where it does not tell. */
  readonly persists?: boolean
}

/** Connects, writes once and asks. Throws StoreUnavailable for a URL that cannot be used. */
export async function examineRedis(url: string, prefix: string): Promise<Examined> {
  const link = await openLink(url)
  try {
    await link.send('SET', `${prefix}ping`, '1', 'PX', '60000')
    const info = await told(link.send<string>('INFO'))
    const saves = await told(link.send<string[]>('CONFIG', 'GET', 'save'))
    const of = (name: string) => info && new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
    const [version, policy, log] = [of('redis_version'), of('maxmemory_policy'), of('aof_enabled')]
    const persists =
      log === '1' || (saves && (saves[1] ?? '') !== '' ? true : saves && log ? false : undefined)
    return {
      ...(version && { version }),
      ...(policy && { policy }),
      ...(persists !== undefined && { persists }),
    }
  } catch (error) {
    if (error instanceof StoreUnavailable) return { trouble: error.reason }
    throw error
  } finally {
    link.close()
  }
}

/** Undefined where this user may not ask. */
const told = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(() => undefined)
