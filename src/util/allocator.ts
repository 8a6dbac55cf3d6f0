/**
 * Environment of processes that run for long. glibc gives each thread an arena of its own and keeps what was freed in it: after bursts of
 * large bodies a server would hold several times what it uses. Two arenas, and the top of them handed back from 1 MiB on.
 * The node image's services say the same (`images/node/services`). Other C libraries ignore these.
 */
export const allocatorEnvironment = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '1048576' } as const;
