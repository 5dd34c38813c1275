// Fastify 5: a plugin that asks before bodies are read. A route says what it asks for in `config.auth`.
import { createBearers } from './bearers.js'
import type { AuthContext } from './service/auth.js'
import type { NodeRequest } from './service/credentials.js'
import type { Guard } from './service/guards.js'
import type { Settings } from './service/settings.js'
import { createVerifier } from './service/verifier.js'

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
  addHook(name: 'onClose', hook: () => Promise<void>): unknown
}

const bearers = createBearers<object>()
/** Whose request it is. Throws Error where nobody was verified. */
export const getAuth: (request: object) => AuthContext = bearers.getAuth
/** The same; undefined where no token was sent, which only `optional` lets pass. */
export const findAuth: (request: object) => AuthContext | undefined = bearers.findAuth

/** The plugin. `config: { auth: guard }` on a route adds to what is asked, `config: { auth: false }` opens it to all. */
export async function sallyport(fastify: FastifyLike, settings: FastifySettings): Promise<void> {
  const verifier = createVerifier(settings)
  fastify.addHook('onRequest', async (request, reply) => {
    const { auth: wanted } = (request.routeOptions.config ?? {}) as { auth?: Guard | boolean }
    if (wanted === false) return undefined
    const answer = await verifier(request.raw, typeof wanted === 'object' ? wanted : {})
    if (answer.ok) bearers.set(request, verifier, answer.auth)
    else if (answer.reason !== 'missing' || !settings.optional || wanted !== undefined) {
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

// What fastify-plugin does: the hooks stand for the routes of whoever registers, not only for the plugin's own.
Object.assign(sallyport, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'sallyport',
})
