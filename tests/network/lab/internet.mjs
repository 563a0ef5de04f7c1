import fs from 'node:fs';
import { Host } from './host.mjs';
import { removeNamespace, run } from './namespace.mjs';
import { Network } from './network.mjs';
import { IPV6_GATEWAY, Router } from './router.mjs';

const NAME_PREFIX = 'parlour-';
/** Counts as global, which the test networks of RFC 5737 do not: a router maps no port to those. */
const PUBLIC_PREFIX = '25.1.1';
/** Counts as global too. Subnet 0 is the public network's, the others are those of homes. */
const IPV6_PREFIX = '2a01:db0:1';

/** A small internet of network namespaces with a server's machine; homes and people's machines are added to it. */
export class Internet {
  /** @type {import('./namespace.mjs').Namespace[]} */
  #namespaces = [];
  #homeCount = 0;
  #ipv6HomeCount = 0;
  /** The file with the certificate that browsers have to trust, if a server here has one of its own. @type {string | undefined} */
  authority;

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

  /**
   * Gives a home, a machine in it and the server global IPv6 addresses. Homes reach each other through the gateway of
   * the public network.
   *
   * @param {Router} router
   * @param {Host} machine
   */
  addIpv6(router, machine) {
    const gateway = this.#enableIpv6();
    const nth = (this.#ipv6HomeCount += 1);
    const [inside, wan] = [`${IPV6_PREFIX}:${nth}`, `${IPV6_PREFIX}:0::1:${nth}`];
    router.addIpv6(inside, wan, gateway);
    this.publicNetwork.ip(`-6 route add ${inside}::/64 via ${wan}`);
    machine.enableIpv6();
    const address = `${inside}::10`;
    machine.ip(`-6 address add ${address}/64 dev eth0 nodad`);
    machine.ip(`-6 route add default via ${IPV6_GATEWAY} dev eth0`);
    return address;
  }

  /** Gives the public network IPv6, once, and returns the address of its gateway. */
  #enableIpv6() {
    const gateway = `${IPV6_PREFIX}:0::1`;
    if (this.#ipv6HomeCount > 0) return gateway;
    for (const machine of [this.publicNetwork, this.server]) machine.enableIpv6();
    this.publicNetwork.sysctl('net.ipv6.conf.all.forwarding=1');
    this.publicNetwork.ip(`-6 address add ${gateway}/64 dev net nodad`);
    this.server.ip(`-6 address add ${IPV6_PREFIX}:0::10/64 dev eth0 nodad`);
    this.server.ip(`-6 route add default via ${gateway} dev eth0`);
    return gateway;
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
