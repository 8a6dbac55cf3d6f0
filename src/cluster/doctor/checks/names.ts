import type { Check } from '../check.ts';

const name = 'my-website.default.localhost';
const loopback = new Set(['127.0.0.1', '::1']);

/** Browsers and curl know names below .localhost themselves (RFC 6761); other programs ask the resolver. */
export const names: Check = {
  name: 'names',
  async run({ addresses }) {
    const found = await addresses(name);
    if (found.some((address) => loopback.has(address))) return { state: 'ok', says: `${name} is this machine` };
    const fault = found.length === 0 ? 'is not known to the resolver' : `is ${found.join(', ')}`;
    return {
      state: 'warning',
      says: `${name} ${fault}; browsers and curl know it all the same`,
      next: `For other programs, send the header \`Host: ${name}\` to 127.0.0.1, or install libnss-myhostname (systemd).`,
    };
  },
};
