// Messages on their way to people: mail and SMS. Whoever has something to tell puts it into the outbox in the same write
// as what it tells of, so that neither is there without the other; it leaves from there when the answer has long been
// given. What a message holds (addresses, codes, links) stands sealed, and in production no longer than it is needed.
// How it is sent is delivery/'s, what it says the templates', when and how often outbox-worker.ts's.
import { type Write, write } from '../store/store.js'
import type { Clock } from '../util/clock.js'
import { risingIds } from '../util/ids.js'
import type { Secrets } from './secrets.js'
import { type OutboxRow, outbox } from './tables.js'

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
  /** What `hurry` wakes from now on. A process without one leaves its messages to those that send. */
  attend(wake: () => void): void
  /** The message of a row; undefined where no secret of ours opens it. */
  read(row: Pick<OutboxRow, 'id' | 'sealed'>): Message | undefined
  /** A message without its facts, sealed: what production keeps of one that is sent or over. */
  remainder(id: string, message: Message): Uint8Array
  /** Whether messages are kept whole, to be looked at. In development. */
  readonly keeps: boolean
}

export interface OutboxOptions {
  readonly clock: Clock
  readonly secrets: Secrets
  readonly keeps: boolean
}

/** How long what was sent can still be looked up. Milliseconds. */
const KEPT = 7 * 86_400_000

export function createOutbox({ clock, secrets, keeps }: OutboxOptions): Outbox {
  const nextId = risingIds()
  let wake = () => {}
  const seal = (id: string, message: Message) => secrets.seal(Buffer.from(JSON.stringify(message)), id)
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
        sealed: seal(id, message),
        state: 'waiting',
        attempts: 0,
        unclear: 0,
        last_error: null,
        due_at: now,
        created_at: now,
        sent_at: null,
        good_until: goodUntil,
        expires_at: Math.max(now, goodUntil) + KEPT,
      })
    },
    hurry: () => wake(),
    attend: (next) => {
      wake = next
    },
    read: ({ id, sealed }) => {
      const plain = secrets.open(sealed, id)
      return plain && (JSON.parse(plain.toString()) as Message)
    },
    remainder: (id, message) => seal(id, { ...message, facts: {} }),
    keeps,
  }
}
