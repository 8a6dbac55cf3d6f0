/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function terminated(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = (): void => {
      resolve();
      process.once('SIGTERM', () => process.exit(143));
      process.once('SIGINT', () => process.exit(130));
    };
    process.once('SIGTERM', onSignal);
    process.once('SIGINT', onSignal);
  });
}
