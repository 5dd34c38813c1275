import type { OutputOf, listApiKeys as operation } from '@sallyport/protocol'
import { apiKeyView } from '../../domain/apikeys.js'
import type { Context } from '../../domain/context.js'
import { type ApiKeyRow, apiKeys } from '../../domain/tables.js'
import { cursorOf } from '../../store/store.js'

const order = { by: ['id'], direction: 'descending' } as const
const PAGE = 1000

/** Every key that still works, the newest first. */
export async function listApiKeys(context: Context): Promise<OutputOf<typeof operation>> {
  const rows: ApiKeyRow[] = []
  for (let after = {}; ; ) {
    const page = await context.store.list(apiKeys, { order, limit: PAGE, ...after })
    rows.push(...page)
    if (page.length < PAGE) break
    after = { after: cursorOf(apiKeys, page[PAGE - 1]!, order) }
  }
  const used = ({ last_used_at }: ApiKeyRow) => (last_used_at === null ? {} : { last_used_at })
  return { items: rows.map((row) => ({ ...apiKeyView(row), ...used(row) })) }
}
