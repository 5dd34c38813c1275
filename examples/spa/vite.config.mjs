// Run it from the root of the repository, beside a server:
//   SALLYPORT_ORIGINS=http://localhost:5173 npm start
//   npx vite examples/spa
// and for StariFoto's wire, whose server lets http://localhost:5173 in by itself while it is in development:
//   SALLYPORT_CONTRACTS=starifoto npm start
//   VITE_CONTRACT=starifoto npx vite examples/spa
import { defineConfig } from 'vite'

export default defineConfig({
  root: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  server: { port: 5173, strictPort: true },
})
