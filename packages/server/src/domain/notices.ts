// Notices: what happened to an account, told to its owner, who may be the only one to see that it was somebody else. They
// go to proved addresses alone: any other may be a stranger's, whom neither the account nor where it is used from
// concerns. No answer waits for one. What carries a link that undoes something is its own feature's, and not switched off.
import type { Write } from '../store/store.js'
import { hmac } from '../util/hash.js'
import { boolean, type Setting, text } from '../util/setting.js'
import type { Context } from './context.js'
import type { EventOrigin } from './events.js'
import { circumstances, post } from './messages.js'
import type { Topic } from './outbox.js'
import { counters, type UserRow } from './tables.js'
import { addressKey } from './throttle.js'

const switches = {
  password_changed: boolean('notices.password_changed', true, {
    doc: 'Whether the owner of an account is told by mail that its password was changed.',
  }),
  new_device: boolean('notices.new_device', true, {
    doc: 'Whether the owner of an account is told by mail of a sign-in from a device that it does not know.',
  }),
  session_reuse: boolean('notices.session_reuse', true, {
    doc: 'Whether the owner of an account is told by mail that a session was ended because a copy of it was used.',
  }),
} as const satisfies Partial<Record<Topic, Setting<boolean>>>
type Notice = keyof typeof switches

const sessionsLink = text('links.sessions', undefined, {
  doc: 'Where notices send people to see and end their sessions.',
  shown: '<issuer>/account/sessions',
  expected: 'an http or https URL',
  test: (value) => /^https?:\/\/[^\s\\]+$/.test(value),
})
export const noticeSettings: readonly Setting<never>[] = [...Object.values(switches), sessionsLink] as never

/** How long a notice is worth being sent. Milliseconds. */
const WORTH = 3 * 86_400_000

type Parts = Pick<Context, 'clock' | 'settings' | 'outbox' | 'issuer'>

/** Whether the owner of an account is told: by setting, and at a proved address alone. */
const isTold = ({ settings }: Parts, topic: Notice, user: UserRow): boolean =>
  settings.get(switches[topic]) && user.email !== null && user.email_verified

/** The write that posts a notice, to go with the write that it tells of; none where nobody is to be told. */
export function notice(context: Parts, topic: Notice, user: UserRow, origin: EventOrigin): Write[] {
  if (!isTold(context, topic, user)) return []
  const facts = circumstances(context, origin)
  if (topic !== 'password_changed')
    facts.link = context.settings.get(sessionsLink) ?? `${context.issuer}/account/sessions`
  return [post(context, { topic, to: user.email!, user, facts, goodUntil: context.clock.now() + WORTH })]
}

export interface Notices {
  /** Tells of a sign-in on a device that the account does not know: after the session is there, in nobody's way. */
  newDevice(user: UserRow, origin: EventOrigin): void
  /** Resolves when everything that was to be told so far is in the outbox. */
  settled(): Promise<void>
}

type Telling = Parts & Pick<Context, 'store' | 'secrets' | 'log'>

export function createNotices(context: Telling): Notices {
  const telling = new Set<Promise<void>>()
  return {
    newDevice: (user, origin) => {
      if (!isTold(context, 'new_device', user)) return
      const told = tellOfDevice(context, user, origin)
        .catch((error: unknown) => context.log.warn({ err: error }, 'a notice could not be posted'))
        .finally(() => telling.delete(told))
      telling.add(told)
    },
    settled: async () => {
      while (telling.size > 0) await Promise.all(telling)
    },
  }
}

/**
 * What keeps no device token is told apart by browser and network; the same pair is not told of again in this time.
 * Milliseconds.
 */
const REMEMBERED = 30 * 86_400_000

async function tellOfDevice(context: Telling, user: UserRow, origin: EventOrigin): Promise<void> {
  const { store, clock, secrets, outbox } = context
  const seen = [user.id, addressKey(origin.ip), origin.userAgent ?? ''].join('\0')
  const key = `device ${hmac(secrets.key('notices'), seen).toString('base64url')}`
  const row = { key, count: 0, expires_at: clock.now() + REMEMBERED }
  if ((await store.increment(counters, row, 'count', 1)) > 1) return
  await store.atomically(notice(context, 'new_device', user, origin))
  outbox.hurry()
}
