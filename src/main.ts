/** The executable's entry: picks the role. Each role is loaded alone, so that a node holds no code of the others. */
const [role] = process.argv.slice(2);

if (role === 'server') {
  const { runServer } = await import('./roles/server.ts');
  await runServer(process.argv.slice(3));
  process.exit(0);
} else if (role === 'kubelet') {
  const { runKubelet } = await import('./roles/kubelet.ts');
  await runKubelet();
  process.exit(0);
} else if (role === 'faults') {
  const { runFaultAgent } = await import('./roles/fault-agent.ts');
  await runFaultAgent();
  process.exit(0);
} else if (role === 'rehearse') {
  const { rehearse } = await import('./roles/rehearsal.ts');
  await rehearse();
  process.exit(0);
} else if (role === 'reap') {
  const { runReaper } = await import('./roles/reaper.ts');
  await runReaper(process.argv.slice(3));
  process.exit(0);
} else {
  const { runCli } = await import('./cli/cli.ts');
  // `shoal list | head -1`: the reader has enough, and that is no failure.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'EPIPE') throw fault;
    process.exit(0);
  });
  process.exitCode = await runCli(process.argv.slice(2));
}
