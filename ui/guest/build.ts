/** Plugins of the build of the guests' page, beside those of the app. */
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/**
 * The server sends the policy too, where one does. No script stands in the page. Sockets may lead anywhere, because the
 * invite says where its room is.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob: mediastream:",
  "font-src 'self'",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

export function contentSecurityPolicy(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY },
        injectTo: 'head-prepend',
      },
    ],
  };
}

const IS_TEXT = /\.(css|html|js|json|svg|txt|wasm)$/;

const compress = (source: string | Uint8Array): Buffer =>
  brotliCompressSync(source, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });

const sourceOf = (file: Rollup.OutputAsset | Rollup.OutputChunk): string | Uint8Array =>
  file.type === 'chunk' ? file.code : file.source;

/** Puts a file `.br` beside every file that becomes smaller, for servers that do not compress themselves. */
export function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!IS_TEXT.test(file.fileName)) continue;
          const source = sourceOf(file);
          const small = compress(source);
          if (small.length < source.length) {
            this.emitFile({ type: 'asset', fileName: `${file.fileName}.br`, source: small });
          }
        }
      },
    },
  };
}

/** Fails a build of which more than so many bytes, compressed, load at once: the page, its scripts and styles, the core. */
export function sizeLimit(maxBytes: number): Plugin {
  return {
    name: 'size-limit',
    apply: 'build',
    writeBundle(_options, bundle) {
      const sizes = loadedAtOnce(bundle).map(({ fileName, size }) => ({ fileName, size }));
      const total = sizes.reduce((sum, { size }) => sum + size, 0);
      const kib = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
      for (const { fileName, size } of sizes) console.log(`  ${kib(size).padStart(10)}  ${fileName}`);
      console.log(`  ${kib(total).padStart(10)}  in all, of ${kib(maxBytes)}`);
      if (total > maxBytes) this.error(`${kib(total)} load at once, and ${kib(maxBytes)} are the most`);
    },
  };
}

/** The files that load before the first view, with their compressed sizes. */
function loadedAtOnce(bundle: Rollup.OutputBundle): { fileName: string; size: number }[] {
  const names = new Set(Object.keys(bundle).filter((name) => /\.(html|wasm)$/.test(name)));
  const add = (name: string): void => {
    const chunk = bundle[name];
    if (names.has(name) || chunk?.type !== 'chunk') return;
    names.add(name);
    for (const style of chunk.viteMetadata?.importedCss ?? []) names.add(style);
    chunk.imports.forEach(add);
  };
  for (const file of Object.values(bundle)) {
    if (file.type === 'chunk' && file.isEntry) add(file.fileName);
  }
  return [...names].flatMap((fileName) => {
    const file = bundle[fileName];
    return file ? [{ fileName, size: compress(sourceOf(file)).length }] : [];
  });
}
