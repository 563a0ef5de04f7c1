import { Network } from './network.mjs';

/** @typedef {import('./namespace.mjs').Namespace} Namespace */

/** Global prefixes. */
const IPV6_INSIDE = '2a01:db0:1:1';
const IPV6_OUTSIDE = '2a01:db0:1:2';

/**
 * How a router maps addresses and ports (RFC 4787): `cone` maps an inside port to one outside port for all destinations;
 * `symmetric` maps it to another port for each destination; `no_udp` is `cone` with UDP blocked.
 *
 * @typedef {'cone' | 'symmetric' | 'no_udp'} Nat
 */

/** Addresses that are not routed on the internet. */
const PRIVATE = '{ 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 }';

/**
 * Unsolicited packets from outside are dropped silently: a rejection, or an entry of conntrack for them, would spoil the
 * hole that the other side is about to punch.
 *
 * @param {Nat} nat
 */
const rules = (nat) => `
  table ip nat {
    chain out {
      type nat hook postrouting priority srcnat
      oifname "wan" masquerade ${nat === 'symmetric' ? 'fully-random' : ''}
    }
  }
  table ip filter {
    chain through {
      type filter hook forward priority filter; policy drop
      ${nat === 'no_udp' ? 'meta l4proto udp drop' : ''}
      ct state established,related accept
      ct status dnat accept
      iifname "net" oifname "wan" ip daddr ${PRIVATE} drop
      iifname "net" accept
    }
    chain in {
      type filter hook input priority filter
      iifname "wan" ct state new drop
    }
  }`;

/** A network at home, or of a phone, and the router between it and the internet. */
export class Router extends Network {
  /**
   * @param {string} name
   * @param {string} prefix of the network behind it
   * @param {Nat} nat
   * @param {Network} outside
   */
  constructor(name, prefix, nat, outside) {
    super(name, prefix);
    const { configuration } = outside.attach(this, 'wan');
    /** Its address on the network outside. */
    this.publicAddress = configuration.address;
    this.sysctl('net.ipv4.ip_forward=1');
    this.ip(`address add ${configuration.address}/24 dev wan`);
    this.ip(`route add default via ${configuration.gateway}`);
    this.nft(rules(nat));
  }

  /**
   * Passes this port on to a machine behind the router, by UDP and TCP, as a person sets it up by hand.
   *
   * @param {number} port
   * @param {string} address
   */
  forwardTo(port, address) {
    this.nft(`
      table ip forwarded {
        chain in {
          type nat hook prerouting priority dstnat
          iifname "wan" meta l4proto { tcp, udp } th dport ${port} dnat to ${address}
        }
      }`);
  }

  /**
   * Gives this network, a machine in it, and one outside global IPv6 addresses, with a firewall where miniupnpd runs.
   *
   * @param {Namespace} inside
   * @param {Namespace} outside
   */
  addIpv6(inside, outside) {
    for (const machine of [this, inside, outside]) {
      machine.sysctl('net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
      machine.sysctl('net.ipv6.conf.all.disable_ipv6=0', 'net.ipv6.conf.default.disable_ipv6=0');
    }
    this.sysctl('net.ipv6.conf.all.forwarding=1');
    this.ip(`-6 address add ${IPV6_INSIDE}::1/64 dev net nodad`);
    this.ip('-6 address add fe80::1/64 dev net nodad');
    this.ip(`-6 address add ${IPV6_OUTSIDE}::1/64 dev wan nodad`);
    inside.ip(`-6 address add ${IPV6_INSIDE}::10/64 dev eth0 nodad`);
    inside.ip('-6 route add default via fe80::1 dev eth0');
    outside.ip(`-6 address add ${IPV6_OUTSIDE}::10/64 dev eth0 nodad`);
    outside.ip(`-6 route add ${IPV6_INSIDE}::/64 via ${IPV6_OUTSIDE}::1`);
    return `${IPV6_INSIDE}::10`;
  }

  /**
   * Drops this share of all forwarded packets silently.
   *
   * @param {number} percent
   */
  dropPackets(percent) {
    this.nft(`
      table ip loss {
        chain through {
          type filter hook forward priority filter - 10
          ${percent < 100 ? `numgen random mod 100 < ${percent}` : ''} drop
        }
      }`);
  }

  stopDropping() {
    this.nft('delete table ip loss');
  }
}
