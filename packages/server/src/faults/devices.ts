// Devices that are in use while a whole database moves.
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Answer, Client } from './client.js'
import type { Home } from './seed.js'

/** A device that refreshes again and again, and keeps its token where it was refused. */
export interface Device {
  token: string
  access: string
  readonly answers: Answer[]
}

/** A device for each session of a home. */
export const devicesOf = (home: Home): Device[] =>
  home.people.flatMap(({ tokens }) => tokens.map((token) => ({ token, access: '', answers: [] })))

/** Refreshes, and remembers the answer. */
export async function refresh(client: Client, device: Device): Promise<Answer> {
  const answer = await client.post('/v1/refresh', { refresh_token: device.token })
  device.answers.push(answer)
  if (answer.status === 200) {
    device.token = answer.json.refresh_token as string
    device.access = answer.json.access_token as string
  }
  return answer
}

/** Refreshes all devices without a pause until it is told to stop. */
export function useAll(client: Client, devices: readonly Device[]) {
  let busy = true
  const all = Promise.all(
    devices.map(async (device) => {
      while (busy) if ((await refresh(client, device)).status !== 200) await pause(20)
    }),
  )
  return async () => {
    busy = false
    await all
  }
}

/** Whether a server said that it cannot write now, and when to ask again. */
export const refused = ({ status, headers, json }: Answer) =>
  status === 503 && json.code === 'store_unavailable' && Number(headers['retry-after']) > 0

/** Waits until the devices are refused, which a hold must bring about. */
export async function untilRefused(client: Client, device: Device): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const answer = await refresh(client, device)
    if (answer.status !== 200) return expect(answer).toSatisfy(refused)
    await pause(10)
  }
  throw new Error('nobody was refused')
}
