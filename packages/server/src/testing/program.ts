// The program as processes of its own, in a directory of its own: what an operator types and what comes back.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Whether this machine has the `script` that makes terminals. */
export const hasTerminals = (() => {
  const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' })
  return stdout?.includes('util-linux') === true
})()

const dist = fileURLToPath(new URL('..', import.meta.url))

/**
 * The program as it is published, in a bundle that starts in half the time; as it was compiled where that is newer, so
 * that `npx tsc -b` is enough for a test of what was just changed.
 */
export const main = isBundleFresh() ? join(dist, '../bundle/main.js') : join(dist, 'cli/main.js')

/** The environment of a process whose machine has a wrong clock: `off` milliseconds ahead, or behind where negative. */
export function wrongClock(off: number): Record<string, string> {
  const module = `const now = Date.now; Date.now = () => now() + ${off}`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` }
}

function isBundleFresh(): boolean {
  const modified = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const bundled = modified(join(dist, '../bundle/main.js'))
  return ['server', 'pages', 'protocol', 'verify'].every((name) => {
    const folder = join(dist, '../..', name, 'dist')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const ships = (file: string) => /\.(js|css|txt|json|transcript)$/.test(file) && !/\.test\.js$/.test(file)
    return files.filter(ships).every((file) => modified(join(folder, file)) <= bundled)
  })
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface Started {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves with stdout once it holds the text; a process that ends before is a failure that shows what it said. */
  saying(text: string): Promise<string>
}

export interface Home {
  readonly directory: string
  /** Starts the program, or another one, with these arguments and nothing of our environment. */
  sallyport(args: readonly string[], env?: Record<string, string>, program?: string): Started
  /** The same at a terminal of its own, by `script` of util-linux; what is written to its stdin is typed. */
  onTerminal(args: readonly string[], env?: Record<string, string>): Started
  /** Runs a command to its end, with this on stdin. */
  run(args: readonly string[], env?: Record<string, string>, stdin?: string): Promise<Ended>
  /** Kills what still runs, and removes the directory. */
  remove(): Promise<void>
}

export function makeHome(): Home {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-cli-'))
  const children: ChildProcess[] = []
  const open = (command: string, args: readonly string[], env: Record<string, string>) => {
    const child = spawn(command, args, {
      cwd: directory,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    children.push(child)
    return follow(child)
  }
  const sallyport: Home['sallyport'] = (args, env = {}, program = main) =>
    open(process.execPath, [program, ...args], env)
  return {
    directory,
    sallyport,
    onTerminal: (args, env = {}) => {
      const line = ['exec', ...[process.execPath, main, ...args].map((word) => `'${word}'`)].join(' ')
      return open('script', ['-qec', line, '/dev/null'], env)
    },
    run: (args, env, stdin = '') => {
      const { child, ended } = sallyport(args, env)
      // A command that does not read may be gone before it is written to.
      child.stdin!.on('error', () => {})
      child.stdin!.end(stdin)
      return ended
    },
    remove: async () => {
      for (const child of children.filter((one) => one.exitCode === null && one.signalCode === null)) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      rmSync(directory, { recursive: true })
    },
  }
}

function follow(child: ChildProcess): Started {
  const said = { out: '', err: '' }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, ...said }))
  const saying = (text: string) =>
    new Promise<string>((done, failed) => {
      const look = () => said.out.includes(text) && done(said.out)
      child.stdout!.on('data', look)
      child.once('close', () => failed(new Error(`ended without «${text}»: ${said.out}${said.err}`)))
      look()
    })
  return { child, ended, saying }
}
