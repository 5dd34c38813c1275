import { expect, test } from 'vitest'
import type { Bus } from './bus.js'
import { cases, failingCases } from './conformance.js'
import { openLocal } from './engines/local.js'

/** The names of the cases that notice what `breakIt` did to a bus. */
const noticed = (breakIt: (bus: Bus) => Partial<Bus>, here = place(), elsewhere = place()) => {
  const open = async (nodes: ReturnType<typeof place>) => {
    const bus = openLocal(nodes)
    return { ...bus, ...breakIt(bus) }
  }
  return failingCases({ open: () => open(here), openElsewhere: () => open(elsewhere), cut, limit: 50 })
}
const place = () => new Set<(() => void)[]>()
const cut = async () => {}
const healing = 'a cut heals, whoever was cut off is told, and hears again'

test('a sound bus passes every case but the one that needs a connection, and every case has a name of its own', async () => {
  expect(await noticed(() => ({}))).toEqual([healing])
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
})

test('a bus that tells nothing at first is noticed, and one that sends nothing', async () => {
  expect(await noticed(() => ({ hear: () => {} }))).toHaveLength(cases.length)
  const mute = await noticed(() => ({ announce: () => {} }))
  expect(mute).toContain('what one node announces every other node hears, and each of its hearers')
})

test('a bus that sends each of a thousand announcements is noticed, and one that sends the first alone', async () => {
  const each = await noticed(() => {
    let hears = () => {}
    return {
      hear: (hearer) => {
        hears = hearer
        heard.add(hears)
        hearer()
      },
      announce: () => {
        for (const other of heard) if (other !== hears) other()
      },
    }
  })
  expect(each).toContain('a thousand announcements at once are few, and the last one counts')
  const first = await noticed(({ announce }) => {
    let isSent = false
    return {
      announce: () => {
        if (!isSent) announce()
        isSent = true
      },
    }
  })
  expect(first).toContain('a thousand announcements at once are few, and the last one counts')
})
const heard = new Set<() => void>()

test('a node that hears itself is noticed, and one that hears another installation', async () => {
  const own = await noticed((bus) => {
    let hears = () => {}
    return {
      hear: (hearer) => {
        hears = hearer
        bus.hear(hearer)
      },
      announce: () => {
        bus.announce()
        hears()
      },
    }
  })
  const one = place()
  expect(own).toContain('a node does not hear itself')
  expect(await noticed(() => ({}), one, one)).toContain(
    'installations beside each other do not hear each other',
  )
})

test('a bus that forgets what is announced right before it closes is noticed', async () => {
  const failed = await noticed((bus) => {
    const waiting: NodeJS.Timeout[] = []
    return {
      announce: () => {
        waiting.push(setTimeout(bus.announce, 5))
      },
      close: async () => {
        for (const timer of waiting) clearTimeout(timer)
        await bus.close()
      },
    }
  })
  expect(failed).toContain('closing passes on what was announced, and then nothing is heard or sent')
})
