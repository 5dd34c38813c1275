// Where the lines of a log leave the process. Nothing here ever waits for the reader: a pipe that nobody reads and a
// disk that is full cost lines, which are counted and owned up to later, and neither requests nor an orderly end.
import { fstatSync, write } from 'node:fs'
import { Socket } from 'node:net'

/** Characters that are written as soon as they are there; fewer wait, in milliseconds. */
const largePiece = 32_768
const longestWait = 250
/** Characters that wait for a slow reader; what comes beyond them is lost. */
const mostWaiting = 4 * 1024 * 1024
/** How long the last lines are waited for, in milliseconds. */
const lastWait = 1000

/** Writes a text whole, or says with an error that it could not. */
export type Pass = (text: string, done: (error?: Error | null) => void) => void

export interface Outlet {
  write(text: string): void
  /** Resolves when everything is written, or lost, or too late: after a second. */
  flush(): Promise<void>
}

interface State {
  kept: string
  timer: NodeJS.Timeout | undefined
  waiting: string[]
  waits: number
  busy: boolean
  lost: number
  idle: (() => void)[]
}

/**
 * Passes texts on in large pieces, one at a time. A line costs an addition here, and half a microsecond more in any
 * stream. `owns` is told how many lines were lost, once one gets through again.
 */
export function createOutlet(pass: Pass, owns: (lost: number) => void): Outlet {
  const state: State = { kept: '', timer: undefined, waiting: [], waits: 0, busy: false, lost: 0, idle: [] }
  const send = () => {
    gather(state)
    passOn(state, pass, owns)
  }
  return {
    write: (text) => {
      state.kept += text
      if (state.kept.length >= largePiece) send()
      else state.timer ??= setTimeout(send, longestWait).unref()
    },
    flush: () => {
      send()
      if (!state.busy) return Promise.resolve()
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, lastWait)
        state.idle.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}

/** Puts what was kept behind what waits, where there is room. */
function gather(state: State): void {
  clearTimeout(state.timer)
  state.timer = undefined
  const { kept } = state
  state.kept = ''
  if (kept === '') return
  if (state.waits + kept.length > mostWaiting) state.lost += linesOf(kept)
  else {
    state.waiting.push(kept)
    state.waits += kept.length
  }
}

function passOn(state: State, pass: Pass, owns: (lost: number) => void): void {
  if (state.busy) return
  const text = state.waiting.shift()
  if (text === undefined) {
    for (const resolve of state.idle.splice(0)) resolve()
    return
  }
  state.busy = true
  pass(text, (error) => {
    state.busy = false
    state.waits -= text.length
    const { lost } = state
    if (error) state.lost += linesOf(text)
    else if (lost > 0) {
      state.lost = 0
      owns(lost)
    }
    passOn(state, pass, owns)
  })
}

const linesOf = (text: string): number => text.split('\n').length - 1

/** How texts get to a file descriptor without ever holding up the process. */
export function passTo(descriptor: number): Pass {
  const kind = fstatSync(descriptor)
  return kind.isFIFO() || kind.isSocket() ? passToStream(descriptor) : passToFile(descriptor)
}

/** A thread that writes to a full pipe stays there, and the process with it; a socket of Node's waits without one. */
function passToStream(descriptor: number): Pass {
  const socket = new Socket({ fd: descriptor, readable: false, writable: true })
  // A reader that went away is no reason to stop serving; each write is told.
  socket.on('error', () => {})
  return (text, done) => void socket.write(text, done)
}

function passToFile(descriptor: number): Pass {
  let torn = false
  return (text, done) => {
    const bytes = Buffer.from(torn ? `\n${text}` : text)
    const from = (offset: number) =>
      write(descriptor, bytes, offset, bytes.length - offset, null, (error, count) => {
        if (error) {
          torn = offset > 0
          return done(error)
        }
        if (offset + count < bytes.length) return from(offset + count)
        torn = false
        done()
      })
    from(0)
  }
}
