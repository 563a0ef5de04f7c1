import { Namespace } from './namespace.mjs';

/** @typedef {import('./network.mjs').Network} Network */
/** @typedef {import('./network.mjs').InterfaceAddress} InterfaceAddress */

/** A machine with an interface on a network: a person's, or the server's. */
export class Host extends Namespace {
  #current;

  /**
   * @param {string} name
   * @param {Network} network
   */
  constructor(name, network) {
    super(name);
    const { configuration, switchPort } = network.attach(this, 'eth0');
    this.#current = configuration;
    /** Cuts or restores the machine's network at the switch, so that the machine itself does not notice. */
    this.setSwitchPort = (/** @type {'up' | 'down'} */ state) =>
      network.ip(`link set ${switchPort} ${state}`);
    this.#configure(configuration);
  }

  get address() {
    return this.#current.address;
  }

  /** Leaves it with IPv6 alone. */
  removeIpv4() {
    this.ip(`-4 address flush dev ${this.#current.name}`);
  }

  /**
   * Adds a second interface, which is down, on another network.
   *
   * @param {Network} network
   */
  addInterface(network) {
    const { configuration } = network.attach(this, 'wwan0');
    this.ip(`link set ${configuration.name} down`);
    return configuration;
  }

  /** Takes the current interface down: the machine notices. */
  setInterfaceDown() {
    this.ip(`link set ${this.#current.name} down`);
  }

  /** Takes the current interface up again, with its address and route. */
  setInterfaceUp() {
    this.#configure(this.#current);
  }

  /**
   * Changes to another interface. The addresses of the current one are removed, and with them its connections.
   *
   * @param {InterfaceAddress} next
   * @returns {InterfaceAddress} the interface that was used before
   */
  switchTo(next) {
    const previous = this.#current;
    this.ip(`link set ${previous.name} down`);
    this.ip(`address flush dev ${previous.name}`);
    this.#configure(next);
    return previous;
  }

  /** @param {InterfaceAddress} configuration */
  #configure(configuration) {
    const { name, address, gateway } = configuration;
    this.#current = configuration;
    this.ip(`link set ${name} up`);
    this.ip(`address replace ${address}/24 dev ${name}`);
    this.ip(`route replace default via ${gateway} dev ${name}`);
  }
}
