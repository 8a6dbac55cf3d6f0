/** The package has no types; this is as much of it as `spdy.ts` uses. */
declare module 'spdy-transport' {
  const transport: { connection: { create(socket: import('node:stream').Duplex, options: Record<string, unknown>): unknown } };
  export = transport;
}
