// Posting messages that prove something: which limits they count under, and the same work for an address that is
// nobody's. What a message says is the templates', how it travels the outbox's. An answer never tells whether a message
// was sent: where a limit keeps one back, only the wait until the next one grows.
import { Failure, type MessageAsked } from '@sallyport/protocol'
import type { Write } from '../store/store.js'
import { uuidv7 } from '../util/ids.js'
import { browserName } from './browser-name.js'
import { lifeOf, type Purpose } from './code-rules.js'
import { commit, type Issued, issue, type Order } from './codes.js'
import type { Caller, Context } from './context.js'
import type { EventOrigin } from './events.js'
import { contractLink, type LinkKind, linkTo } from './links.js'
import type { Message, Topic } from './outbox.js'
import type { UserRow } from './tables.js'
import { addressKey, type Try } from './throttle.js'

type Channel = Message['channel']

/** Before this it makes no sense to ask again: a mail takes its time. Milliseconds. */
const PATIENCE = 30_000

/** Where a message goes: an address or a number, as it is compared. */
export interface Destination {
  readonly channel: Channel
  readonly of: string
}

/**
 * Counts a message under its limits. Answers whether it may go, and what whoever asked is told: the same for everybody,
 * since an address counts whether or not it is somebody's.
 */
export async function askFor(
  context: Context,
  caller: Caller,
  { channel, of }: Destination,
  purpose: Purpose,
): Promise<{ allowed: boolean; asked: MessageAsked }> {
  const tries: Try[] = [
    ['message_address', of],
    ['message_ip', addressKey(caller.ip)],
  ]
  if (channel === 'sms') tries.push(['sms_prefix', of.slice(0, -4)], ['sms_total', 'all'])
  const refused = await context.throttle.takeAll(tries).then(() => undefined, onlyTooMany)
  if (refused !== undefined) context.events.emit('message.withheld', { purpose, channel }, caller)
  const wait = refused ?? (await context.throttle.wait('message_address', of))
  return {
    allowed: refused === undefined,
    asked: { expires_in: lifeOf(purpose, caller.contract).link, resend_after: Math.max(wait, PATIENCE) },
  }
}

/** How long to wait, in milliseconds; what is no limit's refusal is thrown on. */
function onlyTooMany(error: unknown): number {
  if (error instanceof Failure && error.code === 'too_many_requests')
    return (error.details.retryAfter ?? 1) * 1000
  throw error
}

export interface Letter {
  readonly topic: Topic
  readonly channel?: Channel
  /** The stored address, or the one that is to be proven. */
  readonly to: string
  /** Whose; without one the message goes nowhere, and costs the same. */
  readonly user: UserRow | undefined
  readonly facts?: Message['facts']
  /** Milliseconds since 1970. */
  readonly goodUntil: number
}

/** The write that posts a message; for nobody, one that is past its end as it is written. `send` writes it. */
export function post(context: Pick<Context, 'clock' | 'outbox'>, letter: Letter): Write {
  const { topic, channel = 'email', to, user, facts, goodUntil } = letter
  const now = context.clock.now()
  const name = user?.name ?? user?.given_name
  const posted = context.outbox.post({
    topic,
    channel,
    to,
    ...(user && { userId: user.id }),
    ...(user?.locale && { locale: user.locale }),
    facts: { ...(name && { name }), ...facts },
    goodUntil,
  })
  return user ? posted : vain(posted, now)
}

/** As a row that no verb sees: nobody is told of it, and the sweep takes it away. */
function vain(posted: Write, now: number): Write {
  return posted.verb === 'insert'
    ? { ...posted, row: { ...(posted.row as object), expires_at: now } }
    : posted
}

/** Something to type and, by mail, something to follow, with the message that holds it among its writes. */
export function enclose(
  context: Context,
  order: Order,
  letter: { readonly topic: Topic; readonly to: string; readonly link?: LinkKind; readonly by?: Caller },
): Issued {
  const issued = issue(context, order)
  const { code, token, endsAt, codeEndsAt } = issued
  const { topic, to, link, by } = letter
  // Where the two differ, what a message says of both is true of either.
  const minutes = Math.round((codeEndsAt - context.clock.now()) / 60_000)
  const facts = {
    minutes,
    ...(order.purpose !== 'undo_email' && { code }),
    ...(link && {
      link: contractLink(context, order.contract, order.purpose, token) ?? linkTo(context, link, token),
    }),
    ...(by && circumstances(context, by)),
  }
  const channel = link ? 'email' : 'sms'
  const posted = post(context, { topic, channel, to, user: order.user, facts, goodUntil: endsAt })
  return { ...issued, writes: [...issued.writes, posted] }
}

/** A code and a link for a user's own unproven address, as the caller's contract has them; for nobody, the same work. */
export function encloseVerification(
  context: Context,
  { contract }: Pick<Caller, 'contract'>,
  user: UserRow | undefined,
  of: string,
  ticketHash?: Uint8Array,
): Issued {
  const shown = user?.email ?? undefined
  const order = { purpose: 'verify_email', of, user, address: of, shown, ticketHash, contract } as const
  return enclose(context, order, { topic: 'verify_email', to: shown ?? of, link: 'verify' })
}

/**
 * What puts back the address that a user is about to lose. Each change has an undo of its own, which no later change
 * takes away; an address that nobody proved gets none.
 */
export function encloseUndo(context: Context, caller: Caller, user: UserRow): readonly Write[] {
  const { email, email_normalized } = user
  if (email === null || email_normalized === null || !user.email_verified) return []
  const of = uuidv7(context.clock.now())
  const order = { purpose: 'undo_email', of, user, address: email_normalized, shown: email } as const
  const letter = { topic: 'email_changed', to: email, link: 'undo', by: caller } as const
  return enclose(context, order, letter).writes
}

/** How long a notice is worth sending. Milliseconds. */
const NOTICE = 86_400_000

/** When, from where and with which browser; nothing of an administrator, who is not the account's to know. */
export function circumstances(
  { clock }: Pick<Context, 'clock'>,
  { ip, userAgent, administrator }: Pick<EventOrigin, 'ip' | 'userAgent' | 'administrator'>,
): Record<string, string | number> & { at: number } {
  const from = administrator ? {} : { ip, ...(userAgent && { user_agent: browserName(userAgent) }) }
  return { at: clock.now(), ...from }
}

/** The write that tells somebody by mail what was done with their account or address, and by whom; for nobody, the same work. */
export function tell(context: Context, caller: Caller, user: UserRow | undefined, topic: Topic): Write {
  const facts = circumstances(context, caller)
  return post(context, { topic, to: user?.email ?? '', user, facts, goodUntil: facts.at + NOTICE })
}

/** Writes what is enclosed and lets it leave. */
export async function send(context: Context, writes: readonly Write[]): Promise<void> {
  await commit(context, writes)
  context.outbox.hurry()
}
