import fs from 'node:fs';
import { Host } from './host.mjs';
import { removeNamespace, run } from './namespace.mjs';
import { Network } from './network.mjs';
import { Router } from './router.mjs';

const PREFIX = 'parlour-';
/** A network for documentation: nobody takes it for a private one. */
const PUBLIC = '198.51.100';

/** A small internet with a server, on which homes and people's machines are put. It ends with nothing left. */
export class Internet {
  /** @type {import('./namespace.mjs').Namespace[]} */
  #all = [];
  #homes = 0;

  constructor() {
    sweep();
    // What is for elsewhere comes to its gateway, which forwards nothing: it is lost in silence.
    this.open = this.#add(new Network(this.#name('net'), PUBLIC));
    this.server = this.host('server');
  }

  /**
   * A network at home, or a phone's, behind its router.
   *
   * @param {import('./router.mjs').Nat} nat
   */
  home(nat) {
    const nth = (this.#homes += 1);
    return this.#add(new Router(this.#name(`home${nth}`), `192.168.${nth}`, nat, this.open));
  }

  /**
   * A machine, at home or on the open network.
   *
   * @param {string} name
   */
  host(name, network = this.open) {
    return this.#add(new Host(this.#name(name), network));
  }

  remove() {
    for (const one of this.#all.reverse()) one.remove();
    this.#all = [];
  }

  /** @param {string} name */
  #name(name) {
    return `${PREFIX}${process.pid}-${name}`;
  }

  /**
   * @template {import('./namespace.mjs').Namespace} T
   * @param {T} one
   */
  #add(one) {
    this.#all.push(one);
    return one;
  }
}

/** Removes what a run that was killed has left. */
function sweep() {
  for (const [name, pid] of run('ip', ['netns', 'list']).matchAll(/^parlour-(\d+)-\S+/gm)) {
    if (!fs.existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}
