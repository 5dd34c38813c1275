import { fail, type InputOf, type OutputOf, type listMail as operation } from '@sallyport/protocol'
import type { Caller, Context } from '../../domain/context.js'
import type { Message } from '../../domain/outbox.js'
import { type OutboxRow, outbox } from '../../domain/tables.js'

type Output = OutputOf<typeof operation>
type Item = Output['items'][number]

const order = { by: ['created_at'] as const, direction: 'descending' as const }
/** How far back a mailbox is looked for. */
const FURTHEST = 1000

/**
 * What was posted, in the words it was or will be sent in. Throws `not_found` where messages are not kept whole: whatever
 * contract routes here, production has no such thing.
 */
export async function listMail(
  context: Context,
  _caller: Caller,
  { to, limit = 100 }: InputOf<typeof operation>,
): Promise<Output> {
  const { store, outbox: box } = context
  if (!box.keeps) throw fail('not_found')
  const rows = await store.list(outbox, { order, limit: to === undefined ? limit : FURTHEST })
  const posted = rows.flatMap((row) => {
    const message = box.read(row)
    return message && (to === undefined || message.to === to) ? [{ row, message }] : []
  })
  const items = await Promise.all(
    posted.slice(0, limit).map(({ row, message }) => view(context, row, message)),
  )
  return { items }
}

async function view({ delivery }: Context, row: OutboxRow, message: Message): Promise<Item> {
  const { id, created_at } = row
  const { channel, topic, to, facts } = message
  const { code, link } = facts
  // One that cannot be put in words is shown as what is wrong with it, among the others.
  const words = await delivery.render(message).catch((error: Error) => ({ text: `(${error.message})` }))
  const { text } = words
  return {
    id,
    channel,
    topic,
    to,
    from: delivery.from[channel],
    ...('subject' in words && words.subject !== undefined && { subject: words.subject }),
    text,
    ...('html' in words && words.html !== undefined && { html: words.html }),
    ...(code !== undefined && { code: String(code) }),
    ...(link !== undefined && { link: String(link) }),
    created_at,
  }
}
