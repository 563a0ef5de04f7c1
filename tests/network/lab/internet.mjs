import fs from 'node:fs';
import { Host } from './host.mjs';
import { removeNamespace, run } from './namespace.mjs';
import { Network } from './network.mjs';
import { Router } from './router.mjs';

const NAME_PREFIX = 'parlour-';
/** Counts as global, which the test networks of RFC 5737 do not: a router maps no port to those. */
const PUBLIC_PREFIX = '25.1.1';

/** A small internet of network namespaces with a server's machine; homes and people's machines are added to it. */
export class Internet {
  /** @type {import('./namespace.mjs').Namespace[]} */
  #namespaces = [];
  #homeCount = 0;

  constructor() {
    removeStaleNamespaces();
    // Its gateway forwards nothing, so packets to other networks are lost silently.
    this.publicNetwork = this.#add(new Network(this.#name('net'), PUBLIC_PREFIX));
    this.server = this.addHost('server');
  }

  /**
   * Adds a network at home, or of a phone, behind its router.
   *
   * @param {import('./router.mjs').Nat} nat
   * @param {Network} outside the network of its carrier, or of another router
   */
  addHome(nat, outside = this.publicNetwork) {
    const nth = (this.#homeCount += 1);
    return this.#add(new Router(this.#name(`home${nth}`), `192.168.${nth}`, nat, outside));
  }

  /**
   * Adds a machine, at home or on the public network.
   *
   * @param {string} name
   */
  addHost(name, network = this.publicNetwork) {
    return this.#add(new Host(this.#name(name), network));
  }

  remove() {
    for (const namespace of this.#namespaces.reverse()) namespace.remove();
    this.#namespaces = [];
  }

  /** @param {string} name */
  #name(name) {
    return `${NAME_PREFIX}${process.pid}-${name}`;
  }

  /**
   * @template {import('./namespace.mjs').Namespace} T
   * @param {T} namespace
   */
  #add(namespace) {
    this.#namespaces.push(namespace);
    return namespace;
  }
}

/** Removes the namespaces of runs that were killed. */
function removeStaleNamespaces() {
  for (const [name, pid] of run('ip', ['netns', 'list']).matchAll(/^parlour-(\d+)-\S+/gm)) {
    if (!fs.existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}
