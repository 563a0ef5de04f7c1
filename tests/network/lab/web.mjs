import { spawn } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = `${import.meta.dirname}/web-process.mjs`;

/** @typedef {import('./namespace.mjs').Namespace} Namespace */

/**
 * Starts a web server in a namespace, which ends with it.
 *
 * @param {Namespace} machine
 * @param {string[]} args of web-process.mjs
 */
async function start(machine, ...args) {
  const started = spawn(...machine.command(process.execPath, [PROGRAM, ...args]), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(started, 'message');
}

/**
 * A web server whose clock is ahead.
 *
 * @param {import('./host.mjs').Host} machine
 * @param {number} seconds
 */
export const startWebServer = (machine, seconds) => start(machine, 'web', machine.address, `${seconds}`);

/**
 * An HTTP proxy. Returns its URL, for HTTPS_PROXY.
 *
 * @param {import('./host.mjs').Host} machine
 */
export async function startProxy(machine) {
  const port = 3128;
  await start(machine, 'proxy', machine.address, `${port}`);
  return `http://${machine.address}:${port}`;
}

/**
 * A page to sign in at, in the router of a hotel: it takes the place of every page, and nothing else gets out.
 *
 * @param {import('./router.mjs').Router} router
 * @param {'redirect' | 'page'} manner
 */
export async function startPortal(router, manner) {
  await start(router, 'portal', router.gateway, manner);
  router.nft(`
    table ip portal {
      chain in {
        type nat hook prerouting priority dstnat
        iifname "net" tcp dport 80 dnat to ${router.gateway}
      }
      chain through {
        type filter hook forward priority filter - 10
        iifname "net" meta l4proto tcp reject with tcp reset
        iifname "net" drop
      }
    }`);
}
