// HTML as text: everything that comes from elsewhere is escaped, and every page has the same head.

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as it may stand in HTML, inside an attribute too. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => entities[one] as string)

/** A sentence of the manual: what stands between backticks is code. */
export const prose = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>')

/** A whole page. `root` leads from it to the server's own root: links stay right behind a proxy that adds a path. */
export function htmlPage(title: string, root: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${root}docs/docs.css">
</head>
<body>
${body}
</body>
</html>
`
}
