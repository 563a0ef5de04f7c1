import { Network } from './network.mjs';

/**
 * How a router maps addresses and ports (RFC 4787): `cone` maps an inside port to one outside port for all destinations;
 * `symmetric` maps it to another port for each destination; `no_udp` is `cone` with UDP blocked.
 *
 * @typedef {'cone' | 'symmetric' | 'no_udp'} Nat
 */

/** The link-local address of each router in its network. */
export const IPV6_GATEWAY = 'fe80::1';

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
   * Lets this network reach one address outside, and nothing else: packets to others are lost.
   *
   * @param {string} address
   */
  allowOnly(address) {
    this.nft(`
      table ip only {
        chain through {
          type filter hook forward priority filter - 10
          iifname "net" ip daddr != ${address} drop
        }
      }`);
  }

  /**
   * Gives it addresses of IPv6 on both sides, and routes between them.
   *
   * @param {string} insidePrefix
   * @param {string} wanAddress
   * @param {string} gateway
   */
  addIpv6(insidePrefix, wanAddress, gateway) {
    this.enableIpv6();
    this.sysctl('net.ipv6.conf.all.forwarding=1');
    this.ip(`-6 address add ${insidePrefix}::1/64 dev net nodad`);
    this.ip(`-6 address add ${IPV6_GATEWAY}/64 dev net nodad`);
    this.ip(`-6 address add ${wanAddress}/64 dev wan nodad`);
    this.ip(`-6 route add default via ${gateway}`);
  }

  /** A firewall that lets nothing in by IPv6 that was not asked for. Routers with miniupnpd have one. */
  denyIpv6FromOutside() {
    this.nft(`
      table ip6 firewall {
        chain through {
          type filter hook forward priority filter
          iifname "wan" ct state new drop
        }
      }`);
  }

  /**
   * Lets nobody in this network connect to that port elsewhere, and says nothing, as in many offices.
   *
   * @param {number} port
   */
  denyTcpTo(port) {
    this.nft(`
      table ip office {
        chain through {
          type filter hook forward priority filter - 10
          iifname "net" tcp dport ${port} drop
        }
      }`);
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
