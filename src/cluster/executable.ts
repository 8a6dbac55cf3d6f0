import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isSea } from 'node:sea';
import type { Plugin } from 'esbuild';
import { repositoryRoot } from './image/assets.ts';
import type { FileTree } from './image/context.ts';
import { packageFolder } from './package-folder.ts';

/** Layers that turn the package image into a node image, the one that changes seldom first. */
export interface ExecutableLayers {
  /** The Node binary in a source checkout; nothing for the single executable. */
  runtime: { hash: string; files: () => FileTree };
  /** `rehearsed`: a build step runs `shoal rehearse`, which fills the compile cache beside the bundle. */
  program: { hash: string; files: () => Promise<FileTree>; rehearsed: boolean };
}

/** ES modules made from `src/main.ts`, by file name; the one that starts is `shoal.mjs`. */
export type Bundle = ReadonlyMap<string, Uint8Array>;

const library = 'usr/local/lib/shoal';

/** Modules that call `require` or `__dirname`, though the bundle is an ES module. */
const banner = [
  "import { createRequire as __shoalRequire } from 'node:module';",
  "import { dirname as __shoalDirname } from 'node:path';",
  "import { fileURLToPath as __shoalPath } from 'node:url';",
  'const require = __shoalRequire(import.meta.url);',
  'const __filename = __shoalPath(import.meta.url);',
  'const __dirname = __shoalDirname(__filename);',
].join('\n');

/** ink asks for its developer tools and ssh2 for native speed-ups; both do without. */
const leaveOut: Plugin = {
  name: 'leave-out',
  setup(build) {
    build.onResolve({ filter: /^(react-devtools-core|cpu-features)$|\.node$/ }, ({ path, kind }) =>
      path === 'react-devtools-core' || kind === 'import-statement' ? { path, namespace: 'left-out' } : { path, external: true },
    );
    build.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'export default {};', loader: 'js' }));
  },
};

/**
 * Parts of dockerode that few processes use and that bring large libraries along: ssh2 for engines at ssh:// addresses, gRPC
 * for BuildKit's sessions. Each exports one function, and is evaluated when that is called.
 */
const whenCalled: Plugin = {
  name: 'when-called',
  setup(build) {
    build.onResolve({ filter: /^\.\/(ssh|session)$/ }, ({ path, importer, resolveDir }) =>
      /\/docker(-modem|ode)\/lib\/\w+\.js$/.test(importer)
        ? { path: `${join(resolveDir, path)}.js`, namespace: 'when-called', pluginData: resolveDir }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'when-called' }, ({ path, pluginData }) => ({
      contents: `module.exports = function (...args) { return require(${JSON.stringify(path)}).apply(this, args); };`,
      resolveDir: pluginData as string,
    }));
  },
};

/**
 * Node's own modules, got without an ES module around them: making that reads every export, and with them loads what is
 * meant to be loaded when it is first used (undici for `node:http`, at 30 ms).
 */
const builtins: Plugin = {
  name: 'builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) => (kind === 'import-statement' ? { path, namespace: 'builtin' } : undefined));
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

/** The page of `shoal open` is made here, once: where the bundle runs there is neither a source nor a bundler. */
const madePage: Plugin = {
  name: 'made-page',
  setup(build) {
    build.onLoad({ filter: /\/src\/view\/page\/assets\.ts$/ }, async ({ path }) => {
      const { pageAssets } = (await import(path)) as { pageAssets(): Promise<unknown> };
      return { contents: `export const pageAssets = async () => (${JSON.stringify(await pageAssets())});`, loader: 'js' };
    });
  },
};

/**
 * Bundles the sources of this checkout with esbuild, in memory. `split` makes a file of each role and of what they share,
 * so that a node's processes neither read nor hold the others' code; otherwise it is one file.
 */
export async function bundle({ split }: { split: boolean }): Promise<Bundle> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: { shoal: isCheckout() ? join(repositoryRoot, 'src/main.ts') : join(repositoryRoot, packageFolder, 'shoal.mjs') },
    outdir: '/',
    outExtension: { '.js': '.mjs' },
    chunkNames: 'shoal-[name]-[hash]',
    bundle: true,
    splitting: split,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    // React has a second, slower self for development.
    define: { 'process.env.NODE_ENV': '"production"' },
    // A crash prints the line that it happened in.
    lineLimit: 160,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: banner },
    // esbuild itself is a program for the machine it was installed on; node containers never bundle.
    external: ['esbuild'],
    plugins: [leaveOut, whenCalled, builtins, madePage],
  });
  return new Map(outputFiles.map((file) => [basename(file.path), file.contents]));
}

/** Or the npm package, which has what `npm run build:package` makes instead of the sources. */
const isCheckout = (): boolean => existsSync(join(repositoryRoot, 'src/main.ts'));

/** What node containers run: the very file that runs here as a single executable, or Node and the bundle of a checkout. */
export async function executableLayer(): Promise<ExecutableLayers> {
  if (isSea()) {
    return {
      runtime: { hash: 'none', files: () => ({}) },
      program: {
        hash: fileIdentity(process.execPath),
        files: async () => ({ 'usr/local/bin/shoal': { content: readFileSync(process.execPath), mode: 0o755 } }),
        // Node keeps compiled code of files alone, not of what is inside an executable.
        rehearsed: false,
      },
    };
  }
  const launcher = `#!/bin/sh
export NODE_COMPILE_CACHE=/${library}/cache
exec /${library}/node --disable-warning=ExperimentalWarning /${library}/shoal.mjs "$@"
`;
  return {
    runtime: {
      hash: createHash('sha256').update(process.version).update(fileIdentity(process.execPath)).digest('hex'),
      files: () => ({ [`${library}/node`]: { content: readFileSync(process.execPath), mode: 0o755 } }),
    },
    program: {
      hash: createHash('sha256')
        .update(await sourceHash())
        .update(launcher)
        .digest('hex'),
      files: async () => ({
        ...Object.fromEntries(
          [...(await bundle({ split: true }))].map(([name, code]) => [`${library}/${name}`, { content: Buffer.from(code), mode: 0o644 }]),
        ),
        'usr/local/bin/shoal': { content: launcher, mode: 0o755 },
      }),
      rehearsed: true,
    },
  };
}

/** Size and time of last change stand for the content of a 150 MB file that nobody edits in place. */
function fileIdentity(path: string): string {
  const { size, mtimeMs } = statSync(path);
  return `${size}-${Math.round(mtimeMs)}`;
}

/** Of every source file, the lock file, and the recipe above. */
async function sourceHash(): Promise<string> {
  const source = join(repositoryRoot, isCheckout() ? 'src' : packageFolder);
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const contents = await Promise.all(
    [...files, join(repositoryRoot, isCheckout() ? 'package-lock.json' : 'package.json')].map((path) => readFile(path)),
  );
  const hash = createHash('sha256');
  for (const [index, content] of contents.entries()) {
    hash.update(`${files[index]?.slice(source.length) ?? 'lock'}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}
