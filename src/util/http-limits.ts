/** What a server takes of a request's line and headers, in bytes (Go's own limit): a command to execute is a query, however long. */
export const mostHeaderBytes = 1024 * 1024;
