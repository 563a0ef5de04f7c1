import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { listen } from './listen.mjs';

const benchFolder = path.dirname(import.meta.dirname);
const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
]);

/** Serves the contenders' pages and, below `/node_modules/`, the libraries that they use. Returns the port. */
export function startPageServer() {
  const server = http.createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const folder = pathname.startsWith('/node_modules/') ? benchFolder : path.join(benchFolder, 'pages');
    fs.readFile(path.join(folder, pathname), (error, content) => {
      const type = TYPES.get(path.extname(pathname)) ?? 'application/octet-stream';
      response.writeHead(error ? 404 : 200, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(error ? undefined : content);
    });
  });
  return listen(server);
}
