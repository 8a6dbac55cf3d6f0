/** An RFC 3339 time in milliseconds since the epoch; 0 where there is none. */
export const time = (text: string | undefined | null): number => (text === undefined || text === null ? 0 : Date.parse(text) || 0);
