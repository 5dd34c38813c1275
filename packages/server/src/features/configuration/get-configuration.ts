import type { OutputOf, getConfiguration as operation } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'

/** Every setting with its value, as it may be shown, and where that came from. */
export async function getConfiguration({ origins }: Context): Promise<OutputOf<typeof operation>> {
  const items = [...origins].map(([name, { source, where, shown }]) => ({
    name,
    value: shown,
    source,
    where,
  }))
  return { items: items.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}
