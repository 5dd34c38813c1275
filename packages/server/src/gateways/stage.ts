// A real gateway, as the recipes of docs/gateways/ set it up, between a client that sends bytes as they are and an
// application that notes what reached it. Only the addresses in a recipe are replaced. Where a gateway is not installed
// its tests are skipped aloud; where CI is set they fail.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '../testing/port.js'
import { type Options, openSallyport, type Sallyport } from '../testing/sallyport.js'

export type Kind = 'nginx' | 'caddy'

const places: Record<Kind, string | undefined> = {
  nginx: ['/usr/sbin/nginx', '/usr/bin/nginx'].find(existsSync),
  caddy: ['/usr/bin/caddy', '/usr/local/bin/caddy'].find(existsSync),
}

/** Why a gateway cannot be tried here; undefined where it can. */
export function obstacleOf(kind: Kind): string | undefined {
  if (places[kind] !== undefined || process.env.CI) return undefined
  const why = `no ${kind} is installed (Debian: apt-get install ${kind})`
  console.warn(`SKIPPED: the gate behind ${kind}: ${why}`)
  return why
}

/** A request as it reached the application. */
export interface Reached {
  readonly method: string
  readonly url: string
  /** Name and value of each, as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export interface Told {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: string
}

/** A gateway and an application behind it. */
export interface Front {
  /** Everything that reached the application, the newest last. */
  readonly reached: Reached[]
  /** Sends a request to the gateway, byte for byte. */
  ask(path: string, headers?: readonly string[], method?: string, body?: string): Promise<Told>
  close(): Promise<void>
}

export interface Stage extends Front {
  readonly sallyport: Sallyport
  /** What the gateway is asked at, as a browser says it. */
  readonly host: string
}

const recipeOf: Record<Kind, string> = { nginx: 'nginx.conf', caddy: 'caddy/Caddyfile' }
export const readRecipe = (name: string): string =>
  readFileSync(new URL(`../../../../docs/gateways/${name}`, import.meta.url), 'utf8')

/** Sallyport, the gateway and an application, each on a free port. */
export async function openStage(kind: Kind, options: Options = {}): Promise<Stage> {
  const [port, gatewayPort] = [await freePort(), await freePort()]
  const settings = { port: String(port), 'metrics.port': '0', ...behind(gatewayPort), ...options.settings }
  const sallyport = await openSallyport({ ...options, settings })
  await sallyport.server.listen()
  const front = await openFront(kind, port, gatewayPort)
  return {
    ...front,
    sallyport,
    host: `localhost:${gatewayPort}`,
    close: async () => {
      await front.close()
      await sallyport.close()
    },
  }
}

/** What Sallyport has to be told of a gateway on this machine. */
export const behind = (gatewayPort: number): Record<string, string> => ({
  'trusted-proxies': '127.0.0.1',
  'gate.hosts': `localhost:${gatewayPort}`,
})

/** The gateway in front of a Sallyport on `port`, and an application. */
export async function openFront(kind: Kind, port: number, gatewayPort: number): Promise<Front> {
  const reached: Reached[] = []
  const app = await openApp(reached)
  const recipe = readRecipe(recipeOf[kind])
    .replaceAll('127.0.0.1:4400', `127.0.0.1:${port}`)
    .replaceAll('127.0.0.1:3000', `127.0.0.1:${app.port}`)
  const gateway = await start(kind, recipe, gatewayPort)
  const host = `localhost:${gatewayPort}`
  return {
    reached,
    ask: (path, headers, method = 'GET', body = '') => send(gatewayPort, host, method, path, headers, body),
    close: async () => {
      await gateway.stop()
      await app.close()
    },
  }
}

async function start(kind: Kind, recipe: string, port: number): Promise<{ stop(): Promise<void> }> {
  const binary = places[kind]
  if (binary === undefined) throw new Error(`CI is set, and there is no ${kind}: apt-get install ${kind}`)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-gateway-'))
  const file = join(folder, 'config')
  writeFileSync(file, kind === 'nginx' ? aroundNginx(folder, recipe, port) : aroundCaddy(recipe, port))
  const args =
    kind === 'nginx'
      ? ['-p', folder, '-c', file, '-e', join(folder, 'errors')]
      : ['run', '--config', file, '--adapter', 'caddyfile']
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn(binary, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data) => {
    said = (said + String(data)).slice(-4000)
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await untilOpen(child, port, () => said)
  return {
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a recipe of nginx stands in on a machine: the main file. */
function aroundNginx(folder: string, recipe: string, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(' ')
  const own = recipe
    .replace('listen 80;', `listen 127.0.0.1:${port};`)
    .replace('app.example.com', 'localhost')
  return `daemon off; worker_processes 1; pid ${folder}/pid; events {} http { access_log off; ${temporary}\n${own}\n}`
}

const aroundCaddy = (recipe: string, port: number) =>
  `{\n  admin off\n  auto_https off\n}\n${recipe.replace('http://app.example.com', `http://:${port}`)}`

async function untilOpen(child: ChildProcess, port: number, said: () => string): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    if (child.exitCode !== null) break
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => socket.end(() => resolve(true)))
      socket.once('error', () => resolve(false))
    })
    if (isOpen) return
    await setTimeout(20)
  }
  child.kill('SIGKILL')
  throw new Error(`the gateway did not start: ${said()}`)
}

/** The application: notes everything, says yes to everything, and speaks WebSocket as far as its handshake. */
async function openApp(reached: Reached[]): Promise<{ port: number; close(): Promise<void> }> {
  const note = ({ method = '', url = '', rawHeaders }: IncomingMessage) => {
    const headers = rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1] as string] as const] : [],
    )
    reached.push({ method, url, headers })
  }
  const server = createServer((request, response) => {
    note(request)
    request.resume().on('end', () => response.end('the application'))
  })
  server.on('upgrade', (request, socket) => {
    note(request)
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as { port: number }).port,
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

function send(
  port: number,
  host: string,
  method: string,
  path: string,
  headers: readonly string[] = [],
  body = '',
): Promise<Told> {
  const close = headers.some((line) => /^connection:/i.test(line)) ? [] : ['Connection: close']
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${host}`, ...close, ...length, ...headers, '', body]
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(lines.join('\r\n'), 'latin1'))
    let text = ''
    socket.setEncoding('latin1').on('data', (data) => {
      text += String(data)
      // Who keeps the connection has answered all the same.
      if (isWhole(text)) socket.destroy()
    })
    socket.once('error', reject).once('close', () => resolve(read(text)))
  })
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text.slice(0, end + 2))?.[1]
  return end !== -1 && length !== undefined && text.length >= end + 4 + Number(length)
}

function read(text: string): Told {
  const end = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, end).split('\r\n')
  const pairs = lines.map((line) => {
    const at = line.indexOf(':')
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const
  })
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(pairs),
    cookies: pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value),
    body: text.slice(end + 4),
  }
}
