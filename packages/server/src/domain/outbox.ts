// Messages on their way to people: mail and SMS. Whoever has something to tell puts it into the outbox in the same write
// as what it tells of, so that neither is there without the other; it leaves from there when the answer has long been
// given. What a message holds (addresses, codes, links) stands sealed. How it is sent is delivery/'s, what it says the
// templates'.
import { type Write, write } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { risingIds } from '../util/ids.js'
import type { Secrets } from './secrets.js'
import { outbox } from './tables.js'

/** What is told. Each has a template for every channel it may travel by. */
export type Topic =
  /** A code and a link that prove an address after sign-up. */
  | 'verify_email'
  /** To the owner of an address with which somebody signed up again. */
  | 'signup_taken'
  /** To a new address: a code and a link that make it the account's. */
  | 'change_email'
  /** To the old address: it is no longer the account's, and the link that undoes it for 7 days. */
  | 'email_changed'
  /** A code and a link to set a new password. */
  | 'reset_password'
  /** A code and a link, or by SMS a code, to sign in with. */
  | 'login_code'
  /** By SMS: a code that proves a number. */
  | 'verify_phone'
  /** Notices. */
  | 'password_changed'
  | 'new_device'
  | 'session_reuse'
  /** With the link that undoes it for 7 days. */
  | 'account_deleted'

export interface Message {
  readonly topic: Topic
  readonly channel: 'email' | 'sms'
  /** The stored address, or a number in E.164; never one that a request has just named. */
  readonly to: string
  /** Whose account it is about: the message goes with it. */
  readonly userId?: string
  /** BCP 47. */
  readonly locale?: string
  /** What the template may name: `name`, `code`, `link`, `minutes`, `at`, `ip`, `user_agent` … Plain text, never markup. */
  readonly facts: Readonly<Record<string, string | number>>
  /** Milliseconds since 1970: from then on it is no longer sent. */
  readonly goodUntil: number
}

export interface Outbox {
  /** The write that posts a message, for `atomically` beside what it tells of. */
  post(message: Message): Write
  /** Lets the outbox look now rather than at its next round; nobody waits for it. After the commit. */
  hurry(): void
}

/** How long what was sent can still be looked up. Milliseconds. */
const KEPT = 7 * 86_400_000

export function createOutbox({ clock, secrets }: { clock: Clock; secrets: Secrets }): Outbox {
  const nextId = risingIds()
  return {
    post: (message) => {
      const now = clock.now()
      const id = nextId(now)
      const { topic, channel, userId = null, goodUntil } = message
      return write.insert(outbox, {
        id,
        user_id: userId,
        topic,
        channel,
        sealed: secrets.seal(Buffer.from(JSON.stringify(message)), id),
        state: 'waiting',
        attempts: 0,
        due_at: now,
        created_at: now,
        good_until: goodUntil,
        expires_at: Math.max(now, goodUntil) + KEPT,
      })
    },
    hurry: () => {},
  }
}
