/** A volume cannot be set up; the message is upstream's. */
export class VolumeError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VolumeError';
  }
}
