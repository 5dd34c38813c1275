// Numbers: medians, the middle and the tail of latencies, and the CPU time of another process by thread.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The value below which that share of the numbers lies.
 * @param {readonly number[]} numbers
 */
export function percentile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}

/**
 * Runs each alternative once a round, in an order that moves on from round to round, so that no one always comes after
 * the same other one. Answers every alternative's results.
 * @param {Record<string, () => Promise<unknown>>} alternatives
 */
export async function interleave(rounds, alternatives, say) {
  const names = Object.keys(alternatives)
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++)
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length]
      say(`round ${round + 1} of ${rounds}: ${name}`)
      results[name].push(await alternatives[name]())
    }
  return results
}

/** The share of the machine that others use while this process waits for a second. */
export async function othersShare() {
  const now = () =>
    cpus().reduce(
      ({ idle, all }, { times }) => ({
        idle: idle + times.idle,
        all: all + Object.values(times).reduce((sum, time) => sum + time, 0),
      }),
      { idle: 0, all: 0 },
    )
  const before = now()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const after = now()
  return 1 - (after.idle - before.idle) / (after.all - before.all)
}

// On Linux every thread of a process has its own account. The hashing threads are those that have lowered themselves.
const lowered = 10
const perTick = 10_000

/**
 * CPU time that a process has used so far, in microseconds: of all its threads, of its main thread, and of all but
 * those that hash passwords.
 */
export function cpuOf(pid) {
  const cpu = { all: 0, main: 0, unhashed: 0 }
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`
    const stat = readFileSync(`${folder}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const used = existsSync(`${folder}/schedstat`)
      ? Number(readFileSync(`${folder}/schedstat`, 'latin1').split(' ')[0]) / 1000
      : (Number(fields[11]) + Number(fields[12])) * perTick
    cpu.all += used
    if (thread === String(pid)) cpu.main += used
    if (Number(fields[16]) < lowered) cpu.unhashed += used
  }
  return cpu
}

/** CPU time in microseconds that all processes of these programs have used so far. */
export function cpuOfPrograms(names) {
  let used = 0
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      if (names.includes(readFileSync(`/proc/${pid}/comm`, 'latin1').trim())) used += cpuOf(pid).all
    } catch {
      // It has ended since it was listed.
    }
  return used
}

/** Memory that a process occupies now, in MB (10^6 bytes). */
export function memoryOf(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1')
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)[1]) * 1024) / 1e6
}

/**
 * CPU microseconds that a process uses for each of the `done` things that work answers.
 * @param {() => Promise<{ done: number }>} work
 */
export async function withCpu(pid, work) {
  const before = cpuOf(pid)
  const result = await work()
  const after = cpuOf(pid)
  const each = (name) => (after[name] - before[name]) / result.done
  return { ...result, cpu: { all: each('all'), main: each('main'), unhashed: each('unhashed') } }
}
