// A server that keeps its connections and says nothing, until it goes on.
import type { ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Stops a process where it is. */
export async function freeze(child: ChildProcess): Promise<void> {
  child.kill('SIGSTOP')
  while (!isStopped(child.pid!)) await new Promise((resolve) => setTimeout(resolve, 5))
}

export const goOn = (child: ChildProcess): void => void child.kill('SIGCONT')

/** Whether the last thread of a process has heard that it is to stop. */
const isStopped = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).every((task) =>
    / T [^)]*$/.test(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')),
  )
