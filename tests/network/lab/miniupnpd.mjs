import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../../e2e/harness/wait.mjs';
import { run } from './namespace.mjs';

/** @typedef {import('./router.mjs').Router} Router */
/** @typedef {'pcp' | 'nat-pmp' | 'upnp'} PortProtocol */

/** The chains that it fills. Pinholes are accepted in the first; all else that comes by IPv6 is dropped. */
const CHAINS = `
  table inet filter {
    chain miniupnpd { }
    chain prerouting_miniupnpd { }
    chain postrouting_miniupnpd { }
    chain through {
      type filter hook forward priority filter - 5
      jump miniupnpd
      meta nfproto ipv6 iifname "wan" ct state new drop
    }
    chain to_inside { type nat hook prerouting priority dstnat; jump prerouting_miniupnpd; }
    chain to_outside { type nat hook postrouting priority srcnat; jump postrouting_miniupnpd; }
  }`;

/** The first byte of a packet to the port of PCP and NAT-PMP is the version, 0 for NAT-PMP. */
const VERSIONS = { 'nat-pmp': 0, pcp: 2 };

/** A real miniupnpd in a router: PCP, NAT-PMP and UPnP, or some of them. */
export class Miniupnpd {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;

  /**
   * @param {Router} router
   * @param {string} folder
   * @param {PortProtocol[]} protocols
   * @param {{ leaseSeconds?: number, externalAddress?: string }} [options] the longest lease that it grants, and the
   *   address that it says it has
   */
  constructor(router, folder, protocols, { leaseSeconds = 86_400, externalAddress } = {}) {
    this.router = router;
    this.folder = folder;
    fs.mkdirSync(folder, { recursive: true });
    const yes = (/** @type {boolean} */ value) => (value ? 'yes' : 'no');
    const lines = [
      ...['ext_ifname=wan', 'listening_ip=net', 'port=0', 'secure_mode=yes', 'system_uptime=no'],
      `enable_natpmp=${yes(protocols.includes('pcp') || protocols.includes('nat-pmp'))}`,
      `enable_upnp=${yes(protocols.includes('upnp'))}`,
      ...['min_lifetime=5', `max_lifetime=${leaseSeconds}`, `lease_file=${this.#file('leases')}`],
      ...(externalAddress ? [`ext_ip=${externalAddress}`] : []),
      ...['uuid=bcdb1034-ca6e-4eb3-a65c-9f28646d8e5b', 'notify_interval=900'],
      ...['upnp_table_name=filter', 'upnp_nat_table_name=filter', 'upnp_forward_chain=miniupnpd'],
      ...['upnp_nat_chain=prerouting_miniupnpd', 'upnp_nat_postrouting_chain=postrouting_miniupnpd'],
      ...['allow 1024-65535 0.0.0.0/0 1024-65535', 'deny 0-65535 0.0.0.0/0 0-65535', ''],
    ];
    fs.writeFileSync(this.#file('conf'), lines.join('\n'));
    router.nft(CHAINS);
    for (const [protocol, version] of Object.entries(VERSIONS)) {
      if (protocols.includes(/** @type {PortProtocol} */ (protocol))) continue;
      router.nft(`table inet deaf {
        chain in_${version} { type filter hook input priority filter; udp dport 5351 @th,64,8 ${version} drop; }
      }`);
    }
  }

  /** @param {string} name */
  #file(name) {
    return path.join(this.folder, `miniupnpd.${name}`);
  }

  async start() {
    fs.rmSync(this.#file('pid'), { force: true });
    const log = fs.openSync(this.#file('log'), 'a');
    const args = ['-d', '-f', this.#file('conf'), '-P', this.#file('pid')];
    this.#child = spawn(...this.router.command('miniupnpd', args), { stdio: ['ignore', log, log] });
    fs.closeSync(log);
    await waitFor('miniupnpd listens', () => {
      const sockets = run(...this.router.command('ss', ['-lnup']));
      return sockets.includes(':1900') || sockets.includes(':5351');
    });
    return this;
  }

  async #stop() {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  /** The router loses power: its mappings are gone. */
  async restart() {
    await this.#stop();
    fs.rmSync(this.#file('leases'), { force: true });
    this.forget();
    await this.start();
  }

  /** The mappings vanish from the router's tables, and it says nothing of that. */
  forget() {
    for (const chain of ['miniupnpd', 'prerouting_miniupnpd', 'postrouting_miniupnpd']) {
      this.router.nft(`flush chain inet filter ${chain}`);
    }
  }

  /** Its rules for mapped ports of IPv4. */
  rules() {
    return run(...this.router.command('nft', ['list', 'chain', 'inet', 'filter', 'prerouting_miniupnpd']));
  }

  /** Its rules for ports that IPv6 may come in by; those of IPv4's mappings are among them. */
  pinholes() {
    return run(...this.router.command('nft', ['list', 'chain', 'inet', 'filter', 'miniupnpd']));
  }
}
