// Where a browser's access cookie is made anew on its way from the sign-in page; see renewal.ts.
import { fail } from '@sallyport/protocol'
import type { FastifyInstance } from 'fastify'
import type { Speech } from './compile.js'
import { cookiesToSet } from './cookies.js'
import type { Door } from './door.js'
import { openExchange } from './exchange.js'
import { parseFields, texts } from './form.js'
import { isFromElsewhere, RENEWAL, refreshed } from './renewal.js'
import { type Answer, assertPlainSpelling, type Core, type Exchange } from './serve.js'
import { isLookedAt, readOwnCookie, writeFault } from './site.js'
import { write, writeFailure } from './write.js'

/** Adds the route; `speech` has the cookie of the pages. */
export function addRenewal(app: FastifyInstance, core: Core, speech: Speech): void {
  const { pages, returnAddress } = core.door
  if (!pages || !returnAddress) return
  app.route({
    method: 'GET',
    url: RENEWAL,
    handler: ({ raw, id }, reply) => {
      void answer(openExchange(core, raw, reply.raw, speech, id))
    },
  })
  const answer = async (exchange: Exchange) => {
    try {
      write(core, exchange, await renew(core, exchange, returnAddress))
    } catch (error) {
      if (isLookedAt(exchange.request)) await writeFault(core, exchange, pages, error)
      else writeFailure(core, exchange, error)
    }
  }
}

/** A navigation alone, with a ticket that the sign-in page made for this browser: no other site can have it done. */
async function renew(
  core: Core,
  exchange: Exchange,
  returnAddress: NonNullable<Door['returnAddress']>,
): Promise<Answer> {
  const { request, speech } = exchange
  const { url = '' } = request
  assertPlainSpelling(url)
  if (!isLookedAt(request) || isFromElsewhere(request)) throw fail('not_found')
  const at = url.indexOf('?')
  const { rt = '' } = at === -1 ? {} : texts(parseFields(url.slice(at + 1)))
  const address = returnAddress(rt, readOwnCookie(core, request, 'return') ?? '')
  if (address === undefined) return lead('/sign-in')
  const output = await refreshed(core, exchange)
  // Whoever is there all the same is asked whether to go on, and by which account.
  if (output === undefined) return lead(`/sign-in?${new URLSearchParams({ rt, prompt: 'login' })}`)
  return lead(address, cookiesToSet(speech.cookies, output))
}

const lead = (location: string, cookies: readonly string[] = []): Answer => ({
  status: 303,
  body: undefined,
  headers: ['location', location, 'cache-control', 'no-store', 'referrer-policy', 'no-referrer'],
  cookies,
})
