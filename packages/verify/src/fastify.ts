// Fastify 5: a plugin that asks before bodies are read. A route says what it asks for in `config.auth`.
import { createBearers } from './bearers.js'
import { createGate } from './middleware.js'
import type { AuthContext } from './service/auth.js'
import type { NodeRequest } from './service/credentials.js'
import { assertGuard, type Guard } from './service/guards.js'
import type { Settings } from './service/settings.js'

export interface FastifySettings extends Settings {
  /** Lets requests without a token pass, as nobody's, where a route has no `config.auth`. */
  readonly optional?: boolean
}

interface FastifyRequestLike extends NodeRequest {
  readonly raw: NodeRequest
  readonly routeOptions: { readonly config?: unknown }
}

interface FastifyReplyLike {
  readonly sent: boolean
  readonly raw: { readonly headersSent: boolean }
  code(status: number): unknown
  headers(values: Record<string, string>): unknown
  send(body: unknown): unknown
}

interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: FastifyRequestLike, reply: FastifyReplyLike) => Promise<unknown>,
  ): unknown
  addHook(name: 'onRoute', hook: (route: { readonly config?: unknown }) => void): unknown
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

const bearers = createBearers<object>()
/** Whose request it is. Throws Error where nobody was verified. */
export const getAuth: (request: object) => AuthContext = bearers.getAuth
/** The same; undefined where no token was sent, which only `optional` lets pass. */
export const findAuth: (request: object) => AuthContext | undefined = bearers.findAuth

/** The plugin. `config: { auth: guard }` on a route adds to what is asked, `config: { auth: false }` opens it to all. */
export async function sallyport(fastify: FastifyLike, settings: FastifySettings): Promise<void> {
  const { verifier, optional } = createGate(ownSettings(settings))
  fastify.addHook('onRoute', ({ config }) => {
    const wanted = wantedBy(config)
    if ('auth' in wanted && typeof wanted.auth !== 'boolean') assertGuard('config.auth', wanted.auth)
  })
  fastify.addHook('onRequest', async (request, reply) => {
    const { auth: wanted } = wantedBy(request.routeOptions.config)
    if (wanted === false) return undefined
    // Routes that were there before the plugin are judged here, where a guard that is none fails.
    const answer = await verifier(request.raw, wanted === true ? undefined : wanted)
    if (answer.ok) bearers.set(request, verifier, answer.auth)
    else if (answer.reason !== 'missing' || !optional || wanted !== undefined) {
      // A time limit of the service may have answered while the verifier waited.
      if (reply.sent || reply.raw.headersSent) return reply
      reply.code(answer.status)
      reply.headers({ ...answer.headers })
      return reply.send(JSON.stringify(answer.body))
    }
    return undefined
  })
  fastify.addHook('onClose', async () => verifier.close())
}

function wantedBy(config: unknown): { auth?: Guard | boolean } {
  return config ?? {}
}

/** Fastify hands on what `register` takes for itself as well. */
function ownSettings(settings: FastifySettings): FastifySettings {
  const { prefix, logLevel, logSerializers, ...own } = settings as FastifySettings & Record<string, unknown>
  return own
}

// What fastify-plugin does: the hooks stand for the routes of whoever registers, not only for the plugin's own.
Object.assign(sallyport, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'sallyport',
})
