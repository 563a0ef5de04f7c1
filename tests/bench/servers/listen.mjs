/**
 * Listens there, or on a free port of 127.0.0.1, and returns the port. A server that still listens does not keep the bench
 * alive.
 *
 * @param {import('node:net').Server} server
 * @param {{ host: string, port: number }} [where]
 * @returns {Promise<number>}
 */
export function listen(server, where = { host: '127.0.0.1', port: 0 }) {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(where, () => {
      server.unref();
      done(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
    });
  });
}
