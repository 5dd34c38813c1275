// What server.ts (HTTP) and operator.ts (the command line) both stand on: the settings, the engine, the context, and the
// calling of an operation. With them the only importer of engines, and the only file that knows every feature.
import { readFileSync } from 'node:fs'
import { type Contract, fail, type Operation } from '@sallyport/protocol'
import { StartError } from './config/errors.js'
import { issuerOf, type Mode, processSettings, testingClock } from './config/settings.js'
import { type Delivery, DeliveryMisconfigured } from './delivery/delivery.js'
import type { Announce } from './delivery/engines/development.js'
import { openDelivery } from './delivery/engines/open.js'
import { deliverySettings } from './delivery/settings.js'
import { accessSettings } from './domain/access-token.js'
import { prepareAdministration } from './domain/administrators.js'
import { createAuditLog } from './domain/audit.js'
import { type Changes, createChanges } from './domain/changes.js'
import type { Caller, Context, Log, SettingOrigin } from './domain/context.js'
import { createEvents, type Events } from './domain/events.js'
import { contractSecrets } from './domain/keys/contract-secrets.js'
import { createKeyring, type Keyring, type KeyringOptions } from './domain/keys/keyring.js'
import { UnopenableKeys } from './domain/keys/keystore.js'
import { keySettings, keysFile } from './domain/keys/settings.js'
import { createLegacy, type Legacy } from './domain/legacy/legacy.js'
import { legacyTokens } from './domain/legacy/settings.js'
import { createLive } from './domain/live.js'
import { createNotices, noticeSettings } from './domain/notices.js'
import { createOutbox } from './domain/outbox.js'
import { createHasher } from './domain/passwords/hasher.js'
import type { Pool } from './domain/passwords/pool.js'
import { argon2Setting, passwordRules, passwordSettings } from './domain/passwords/settings.js'
import { createReadiness } from './domain/readiness.js'
import { sharedSealed } from './domain/sealed.js'
import { createSecrets, type Secrets } from './domain/secrets.js'
import { sessionSettings } from './domain/sessions.js'
import { createStats } from './domain/stats.js'
import { createThrottle, throttleSettings } from './domain/throttle.js'
import { type KeyFile, readKeysFile } from './domain/tokens/keyfile.js'
import { createVerifiers } from './domain/verifiers.js'
import { features } from './features/index.js'
import { httpSettings } from './http/settings.js'
import type { Node } from './nodes.js'
import { observabilitySettings } from './observability/settings.js'
import { brandName, pageSettings } from './pages/pages.js'
import { tables } from './storage.js'
import { afterPatience } from './store/engines/sql/waiting.js'
import { StoreUnavailable } from './store/store.js'
import { type Clock, type MovableClock, systemClock } from './util/clock.js'
import type { Setting, Settings } from './util/setting.js'

/** Every setting there is. */
export const settings: readonly Setting<unknown>[] = [
  ...processSettings,
  ...httpSettings,
  ...accessSettings,
  ...sessionSettings,
  ...keySettings,
  contractSecrets as Setting<unknown>,
  ...passwordSettings,
  legacyTokens,
  ...noticeSettings,
  ...features.flatMap((feature) => feature.settings ?? []),
  ...throttleSettings,
  ...pageSettings,
  ...deliverySettings,
  ...observabilitySettings,
] as readonly Setting<unknown>[]

const owned = tables.filter(({ owner }) => owner !== undefined)
const sealed = [...sharedSealed, ...features.flatMap((feature) => feature.sealed ?? [])]
export const handlers = new Map(
  features.flatMap(({ operations }) => operations).map((served) => [served.operation.name, served]),
)

export interface ServerOptions {
  settings: Settings
  mode: Mode
  secret: { current: Uint8Array; also?: Uint8Array }
  log: Log
  /** Tests move it; otherwise the system's, or a shifted one with `testing.clock`. */
  clock?: MovableClock
  /** Where each setting came from; shown to administrators. */
  origins: ReadonlyMap<string, SettingOrigin>
  /** Hashing threads for the cost of `password.argon2`, closed with the server; otherwise it starts its own. */
  threads?: Pool
  /** Wire contracts besides the native one. */
  contracts?: readonly Contract[]
  /** Development: hears of every message that leaves, with its code or link. Never a log. */
  announce?: Announce
}

/** Everything an operation may touch. Throws StartError or Error where keys or secrets do not fit the database. */
export async function createContext(
  options: ServerOptions,
  { engine: store, clock, movable, bus }: Node,
  contracts: readonly Contract[],
  draining: () => boolean,
): Promise<Context> {
  const { settings, secret, log, origins, threads } = options
  const secrets = createSecrets(secret.current, secret.also)
  const issuer = issuerOf(settings)
  const parts = { store, clock, settings, log, secrets, events: loggedEvents(log), issuer, contracts }
  await prepareAdministration(store)
  const audit = createAuditLog(parts)
  const stats = createStats(parts)
  const changes = await openChanges({ store, clock, bus, contracts })
  checkBlocklist(settings)
  const keys = await openKeyring({ ...parts, changes, configured: configuredKeys(settings) })
  const messages = await openMessages(options, parts)
  const context = {
    ...parts,
    owned,
    sealed,
    keys,
    changes,
    verifiers: await createVerifiers({ ...parts, changes }),
    live: createLive(store, clock, changes),
    legacy: openLegacy(settings, clock, contracts),
    audit,
    stats,
    ...messages,
    notices: createNotices({ ...parts, outbox: messages.outbox }),
    throttle: createThrottle(store, clock, settings, secrets.key('limits')),
    hasher: createHasher({ argon2: settings.get(argon2Setting), ...(threads && { pool: threads }) }),
    draining,
    origins,
    ready: createReadiness(() => store.ping(), afterPatience),
  }
  return settings.get(testingClock) && movable ? withMovedClock(context, movable) : context
}

interface ChangesParts extends Pick<Context, 'store' | 'clock' | 'contracts'>, Pick<Node, 'bus'> {}

/** Changes count as long as an access token of any open contract can live. */
async function openChanges({ store, clock, bus, contracts }: ChangesParts): Promise<Changes> {
  const longest = Math.max(...contracts.map(({ longestAccess }) => longestAccess)) * 1000
  const changes = createChanges(store, clock, longest, bus)
  await changes.catchUp()
  return changes
}

function withMovedClock(context: Context, movable: MovableClock): Context {
  const advanceClock = (milliseconds: number) => {
    movable.advance(milliseconds)
    return movable.now()
  }
  return { ...context, advanceClock }
}

/** Events, of which the log hears every one. */
function loggedEvents(log: Log): Events {
  const events = createEvents()
  events.hear((name, facts, origin) => {
    const { requestId, ip } = origin ?? {}
    log.info({ event: name, ...facts, ...(origin && { requestId, ip }) }, name)
  })
  return events
}

function configuredKeys(settings: Settings): KeyFile | undefined {
  const path = settings.get(keysFile)
  if (path === undefined) return undefined
  try {
    return readKeysFile(readFileSync(path, 'utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new StartError(
      `keys.file ${path}: ${why}`,
      'name a file with a private key (PEM or JWK) in keys.file',
    )
  }
}

/** Throws StartError where a token of an earlier backend could not be judged. */
function openLegacy(settings: Settings, clock: Clock, contracts: readonly Contract[]): Legacy {
  try {
    return createLegacy(settings, clock, contracts)
  } catch (error) {
    throw new StartError((error as Error).message, 'Correct legacy_tokens: docs/take-over.md', {
      cause: error,
    })
  }
}

async function openKeyring(options: KeyringOptions): Promise<Keyring> {
  const next =
    'Set SALLYPORT_SECRET to the one that sealed them, or SALLYPORT_SECRET_ALSO while it is being replaced'
  return createKeyring(options).catch((error) => {
    throw error instanceof UnopenableKeys ? new StartError(error.message, next, { cause: error }) : error
  })
}

/** Where messages wait, and the ways by which they leave. Throws StartError. */
async function openMessages(options: ServerOptions, { clock, secrets }: { clock: Clock; secrets: Secrets }) {
  const keeps = options.mode === 'development'
  return { outbox: createOutbox({ clock, secrets, keeps }), delivery: await openWays(options, clock) }
}

/** The ways by which messages leave. Throws StartError where their settings or templates cannot be used. */
async function openWays(
  { settings, mode, announce = () => {} }: Pick<ServerOptions, 'settings' | 'mode' | 'announce'>,
  clock: Clock,
): Promise<Delivery> {
  const development = mode === 'development' ? { announce } : {}
  const issuer = issuerOf(settings)
  try {
    return await openDelivery({ settings, clock, issuer, brand: brandName(settings), ...development })
  } catch (error) {
    if (!(error instanceof DeliveryMisconfigured)) throw error
    throw new StartError(error.message, error.next, { cause: error })
  }
}

/** What carries each channel, whether mail could be sent just now, or why not; for `doctor`. */
export interface DeliveryState {
  readonly ways: Readonly<Partial<Record<'email' | 'sms', string>>>
  /** Undefined where it works, or where only sending would tell. */
  readonly trouble?: string
}

/** Opens the ways of the settings, asks the mail server whether it takes us, and closes them. Throws StartError. */
export async function examineDelivery(options: Pick<ServerOptions, 'settings'>): Promise<DeliveryState> {
  const delivery = await openWays({ ...options, mode: 'production' }, systemClock)
  try {
    const { email, sms } = delivery.ways
    const outcome = await email?.probe?.()
    return {
      ways: { ...(email && { email: email.name }), ...(sms && { sms: sms.name }) },
      ...(outcome && outcome.result !== 'sent' && { trouble: outcome.why }),
    }
  } finally {
    delivery.close()
  }
}

/** A list of passwords that cannot be read is told at the start, not to whoever signs up. */
function checkBlocklist(settings: Settings): void {
  try {
    passwordRules(settings)
  } catch (error) {
    throw new StartError(
      (error as Error).message,
      'Name a text file of at most 16 MiB with one password a line in password.blocklist_file',
      { cause: error },
    )
  }
}

/**
 * Runs an operation. What an administrator or operator did is in the audit log before it is answered; what others did
 * is there a moment later, gathered with what others do.
 */
export async function callOperation(
  context: Context,
  operation: Operation,
  caller: Caller,
  input: unknown,
): Promise<unknown> {
  try {
    return await handlers.get(operation.name)!.handler(context, caller, input)
  } catch (error) {
    context.audit.refused(operation, error, caller)
    return rethrow(context, error)
  } finally {
    if (operation.effect === 'write' && caller.administrator) await context.audit.settled()
  }
}

/** A store that cannot work is said in the catalogue's words; its reason goes to the log. */
export function rethrow({ log }: Context, error: unknown): never {
  if (!(error instanceof StoreUnavailable)) throw error
  log.warn({ reason: error.reason }, 'the store is unavailable')
  throw fail('store_unavailable', { retryAfter: 1, cause: error })
}
