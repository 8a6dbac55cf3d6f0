import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { execute } from './clients.ts';

const debian = '/usr/bin/chromium';

/** Debian's Chromium, installed where it is missing, as `shoal engine install` does with Docker: tests need root then. */
async function chromiumPath(): Promise<string> {
  const given = process.env['SHOAL_TEST_CHROMIUM'];
  if (given !== undefined) return given;
  if (existsSync(debian)) return debian;
  const install = 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium';
  const { code, stderr } = await execute('sh', ['-c', install]);
  if (code !== 0) throw new Error(`Debian's chromium could not be installed; SHOAL_TEST_CHROMIUM may name another:\n${stderr}`);
  return debian;
}

/** A browser without a window. Root has no sandbox. */
export const startBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await chromiumPath(), args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
