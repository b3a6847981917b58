//! Where an IP address leads: out into the world, to a neighbour, or to what no request of ours may ask.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A host of the public internet.
    Public,
    /// This machine or its own network: asked only where the configuration names the host.
    Private,
    /// Link-local (with the metadata services of clouds), multicast, reserved, or an IPv4 address in the
    /// clothes of another: never asked.
    Never,
}

/// A network, by its address and the length of its prefix.
type Net4 = (Ipv4Addr, u32);
type Net6 = (Ipv6Addr, u32);

/// This machine and its neighbours (RFC 1918, RFC 6598, RFC 1122 §3.2.1.3).
const PRIVATE_4: [Net4; 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
];

/// The rest of the IANA registry of special-purpose IPv4 addresses, multicast, and the metadata services
/// of clouds that have an address of their own.
const NEVER_4: [Net4; 15] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(100, 100, 100, 200), 32),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// Unique local addresses (RFC 4193) and this machine.
const PRIVATE_6: [Net6; 2] =
    [(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7), (Ipv6Addr::LOCALHOST, 128)];

/// Metadata services of clouds among the unique local addresses.
const METADATA_6: [Net6; 2] = [
    (Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254), 128),
];

/// Global unicast (RFC 4291 §2.4): what is not in here is not public, NAT64 and mapped addresses included.
const GLOBAL_6: Net6 = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What of it is special: IETF assignments with Teredo, ORCHID and benchmarking, documentation, 6to4,
/// the AS112 service and SRv6.
const SPECIAL_6: [Net6; 6] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0x0db8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x004f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3ffe, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Where `ip` leads. What no list knows is not public.
pub fn reach(ip: IpAddr) -> Reach {
    match ip {
        IpAddr::V4(ip) => reach_4(ip),
        IpAddr::V6(ip) => reach_6(ip),
    }
}

fn reach_4(ip: Ipv4Addr) -> Reach {
    let within = |(net, length): &Net4| same_prefix(ip.to_bits().into(), net.to_bits().into(), 96 + *length);
    if NEVER_4.iter().any(within) {
        Reach::Never
    } else if PRIVATE_4.iter().any(within) {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn reach_6(ip: Ipv6Addr) -> Reach {
    let within = |(net, length): &Net6| same_prefix(ip.to_bits(), net.to_bits(), *length);
    if METADATA_6.iter().any(within) {
        Reach::Never
    } else if PRIVATE_6.iter().any(within) {
        Reach::Private
    } else if within(&GLOBAL_6) && !SPECIAL_6.iter().any(within) && !is_isatap(ip) {
        Reach::Public
    } else {
        Reach::Never
    }
}

/// Do two numbers of 128 bits begin with the same `length` bits?
const fn same_prefix(one: u128, other: u128, length: u32) -> bool {
    length == 0 || (one ^ other) >> (128 - length) == 0
}

/// An interface identifier that carries an IPv4 address (RFC 5214 §6.1).
const fn is_isatap(ip: Ipv6Addr) -> bool {
    let [.., universal, marker, _, _] = ip.segments();
    universal & 0xfdff == 0 && marker == 0x5efe
}
