// A page with one purpose: a heading and what belongs to it; and a section of a page with several.
import type { ReactNode } from 'react'

export function Card({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }) {
  return (
    <section className="card" data-part="card">
      <h1>{title}</h1>
      {lead && <p className="lead">{lead}</p>}
      {children}
    </section>
  )
}

export function Section({ title, children, id }: { title: string; children: ReactNode; id?: string }) {
  return (
    <section className="card" data-part="card" id={id}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}
