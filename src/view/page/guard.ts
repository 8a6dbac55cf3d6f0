import type { IncomingMessage } from 'node:http';

/**
 * Why a request is not answered; undefined when it is. The page needs no login, so nobody but the page itself and the person in
 * front of it may read what it shows. The gateway has already turned away hosts that are not `shoal.localhost` (DNS rebinding);
 * this keeps out scripts of other pages, those of the cluster's own services (`*.localhost`) included.
 */
export function refusal({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): { status: number; text: string } | undefined {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'This page only reads.' };
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${headers.host ?? ''}`) return { status: 403, text: 'Other pages may not read this one.' };
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  // Following a link to the page is all that others may do.
  if (headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document') return undefined;
  return { status: 403, text: 'Other pages may not read this one.' };
}
