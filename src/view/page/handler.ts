import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../util/clock.ts';
import { messageOf } from '../../util/errors.ts';
import type { Picture } from '../picture.ts';
import type { PageAssets } from './assets.ts';
import { refusal } from './guard.ts';

export interface PageOptions {
  cluster: string;
  assets(): Promise<PageAssets>;
  /** Calls back with the picture that there is, and with each new one. Returns how to stop. */
  subscribe(listener: (picture: Picture) => void): () => void;
  /** The cluster as it was, and how far back that goes; absent where no history is kept. */
  past?: { oldest(): Promise<number>; at(time: number): Promise<Picture> };
  clock: Clock;
}

/** A line of nothing now and then, so that neither side takes a quiet stream for a dead one. */
const heartbeatMs = 15_000;

const headers = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  // Nothing from elsewhere, and nobody may put the page in a frame.
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * The page of `shoal open`: its three files, live pictures as server-sent events, and pictures of the past. It only reads, and
 * what it gives out is a {@link Picture}: no Secrets, no environment variables, no manifests.
 */
export function createPageHandler(options: PageOptions): Handler {
  const { assets, clock } = options;
  let made: Promise<PageAssets> | undefined;
  const file = async (name: keyof PageAssets): Promise<string> => {
    made ??= assets();
    return (await made)[name];
  };
  const routes: Record<string, (request: IncomingMessage, response: ServerResponse, query: URLSearchParams) => Promise<void>> = {
    '/': async (_, response) => send(response, 200, 'text/html; charset=utf-8', await file('html')),
    '/page.css': async (_, response) => send(response, 200, 'text/css; charset=utf-8', await file('css')),
    '/page.js': async (_, response) => send(response, 200, 'text/javascript; charset=utf-8', await file('js')),
    '/events': (_, response) => stream(options, response, clock),
    '/at': (_, response, query) => past(options, response, query),
  };
  return (request, response) => {
    const refused = refusal(request);
    if (refused !== undefined) {
      send(response, refused.status, 'text/plain; charset=utf-8', `${refused.text}\n`);
      return;
    }
    const { pathname, searchParams } = new URL(`http://shoal.localhost${request.url ?? '/'}`);
    const route = routes[pathname];
    if (route === undefined) send(response, 404, 'text/plain; charset=utf-8', 'There is nothing here but the page itself, at /.\n');
    else {
      route(request, response, searchParams).catch((thrown: unknown) => {
        if (response.headersSent) response.destroy();
        else send(response, 500, 'text/plain; charset=utf-8', `${messageOf(thrown)}\n`);
      });
    }
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** A reader that is slower than the cluster misses pictures in between, never the latest. */
async function stream({ cluster, past: history, subscribe }: PageOptions, response: ServerResponse, clock: Clock): Promise<void> {
  const oldest = await history?.oldest().catch(() => undefined);
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream; charset=utf-8' });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  const event = (name: string, data: unknown): boolean => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  response.write('retry: 1000\n');
  event('greeting', { cluster, now: clock.now(), ...(oldest === undefined ? {} : { oldest }) });
  let waiting: Picture | undefined;
  let full = false;
  const leave = subscribe((picture) => {
    if (full) waiting = picture;
    else full = !event('picture', picture);
  });
  response.on('drain', () => {
    full = false;
    if (waiting === undefined) return;
    full = !event('picture', waiting);
    waiting = undefined;
  });
  let timer = clock.after(heartbeatMs, beat, { unref: true });
  function beat(): void {
    response.write(': still here\n\n');
    timer = clock.after(heartbeatMs, beat, { unref: true });
  }
  response.on('close', () => {
    leave();
    timer.cancel();
  });
}

async function past({ past: history }: PageOptions, response: ServerResponse, query: URLSearchParams): Promise<void> {
  const time = Number(query.get('time'));
  if (history === undefined) send(response, 404, 'text/plain; charset=utf-8', 'This cluster keeps no history.\n');
  else if (!Number.isSafeInteger(time) || time <= 0) {
    send(response, 400, 'text/plain; charset=utf-8', 'Say time=MILLISECONDS since 1970.\n');
  } else {
    try {
      send(response, 200, 'application/json', JSON.stringify(await history.at(time)));
    } catch (thrown) {
      send(response, 410, 'text/plain; charset=utf-8', `${messageOf(thrown)}\n`);
    }
  }
}
