import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The page's files, as they are sent. */
export interface PageAssets {
  html: string;
  css: string;
  js: string;
}

/**
 * Makes the page from this folder. Only a source checkout comes here: in the executable, where there is neither a bundler nor
 * a source, `cluster/executable.ts` has put the result in this module's place.
 */
export async function pageAssets(): Promise<PageAssets> {
  const { build } = await import('esbuild');
  const here = import.meta.dirname;
  const [html, css, built] = await Promise.all([
    readFile(join(here, 'index.html'), 'utf8'),
    readFile(join(here, 'page.css'), 'utf8'),
    build({
      entryPoints: [join(here, 'browser/main.tsx')],
      bundle: true,
      write: false,
      minify: true,
      format: 'esm',
      target: 'es2024',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      legalComments: 'none',
      logLevel: 'silent',
    }),
  ]);
  return { html, css, js: built.outputFiles[0]?.text ?? '' };
}
