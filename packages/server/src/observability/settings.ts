import { integer, type Setting, text } from '../util/setting.js'

export const metricsPort = integer('metrics.port', 4464, {
  doc: 'The TCP port of `/metrics` for Prometheus, never the main one; 0 serves none. Where nobody chose it, development serves none, and a production server goes on without it when it is taken.',
  min: 0,
  max: 65535,
})

export const metricsHost = text('metrics.host', '127.0.0.1', {
  doc: 'The address that `/metrics` listens on. Whoever reaches it reads it: keep it inside.',
  expected: 'a host name or an IP address',
  test: (value) => /^[A-Za-z0-9._:-]+$|^\[[0-9a-fA-F:.]+\]$/.test(value),
})

export const observabilitySettings: readonly Setting<never>[] = [metricsPort, metricsHost] as never
