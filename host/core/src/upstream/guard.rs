//! Which URLs and addresses an upstream call may reach. Never resolves a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Names under which clouds serve instance credentials.
const METADATA_HOSTS: &[&str] = &[
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.com",
    "metadata.azure.internal",
    "metadata.aws.com",
    "instance-data",
    "instance-data.ec2.internal",
];

/// Special-purpose IPv4 blocks that are never public (IANA registry, RFC 6890 and its updates), and whether an
/// operator may open them.
const V4: &[([u8; 4], u32, Reach)] = &[
    ([0, 0, 0, 0], 8, Reach::Never),
    ([10, 0, 0, 0], 8, Reach::Private),
    ([100, 64, 0, 0], 10, Reach::Private),
    ([127, 0, 0, 0], 8, Reach::Private),
    ([169, 254, 0, 0], 16, Reach::Never),
    ([172, 16, 0, 0], 12, Reach::Private),
    ([192, 0, 0, 0], 24, Reach::Never),
    ([192, 0, 2, 0], 24, Reach::Never),
    ([192, 31, 196, 0], 24, Reach::Never),
    ([192, 52, 193, 0], 24, Reach::Never),
    ([192, 88, 99, 0], 24, Reach::Never),
    ([192, 168, 0, 0], 16, Reach::Private),
    ([192, 175, 48, 0], 24, Reach::Never),
    ([198, 18, 0, 0], 15, Reach::Never),
    ([198, 51, 100, 0], 24, Reach::Never),
    ([203, 0, 113, 0], 24, Reach::Never),
    ([224, 0, 0, 0], 4, Reach::Never),
    ([240, 0, 0, 0], 4, Reach::Never),
];

/// The same for IPv6. Everything outside 2000::/3 is refused besides, so only exceptions inside it and blocks that
/// an operator may open are listed.
const V6: &[([u16; 8], u32, Reach)] = &[
    ([0, 0, 0, 0, 0, 0, 0, 1], 128, Reach::Private),
    ([0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0], 32, Reach::Never),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, Reach::Private),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, Reach::Never),
    ([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32, Reach::Never),
    ([0x2620, 0x004f, 0x8000, 0, 0, 0, 0, 0], 48, Reach::Never),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, Reach::Never),
];

/// Who may reach an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Everybody.
    Public,
    /// Only hosts that the operator opened.
    Private,
    /// Nobody: link-local (cloud metadata), reserved, documentation, multicast, translation.
    Never,
}

/// Whether a connection to `address` is acceptable. `allow_private` opens loopback, RFC 1918, shared (100.64/10) and
/// unique local addresses, and nothing else.
pub fn check_address(address: IpAddr, allow_private: bool) -> bool {
    let reach = match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    };
    match reach {
        Reach::Public => true,
        Reach::Private => allow_private,
        Reach::Never => false,
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    let bits = u32::from(address);
    let within =
        |(base, length, _): &&([u8; 4], u32, Reach)| (bits ^ u32::from_be_bytes(*base)) >> (32 - length) == 0;
    V4.iter().find(within).map_or(Reach::Public, |(_, _, reach)| *reach)
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return reach_v4(mapped);
    }
    let segments = address.segments();
    // 6to4 and NAT64 lead to an IPv4 address; a gateway would go there.
    let embedded = match segments {
        [0x2002, high, low, ..] => Some((high, low)),
        [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = embedded {
        let reach = reach_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
        return if reach == Reach::Public { Reach::Public } else { Reach::Never };
    }
    let bits = u128::from(address);
    let within = |(base, length, _): &&([u16; 8], u32, Reach)| {
        (bits ^ u128::from(Ipv6Addr::from(*base))) >> (128 - length) == 0
    };
    let global = segments[0] & 0xe000 == 0x2000;
    V6.iter().find(within).map_or(if global { Reach::Public } else { Reach::Never }, |(_, _, reach)| *reach)
}

/// Why a URL is refused. Display texts are safe for callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Neither http nor https, or not the base URL's scheme.
    Scheme,
    /// Another host or port than the base URL's.
    Host,
    /// Outside the base URL's path.
    Path,
    /// A user name or password in the URL.
    UserInfo,
    /// A name that serves cloud credentials.
    Metadata,
    /// An IP address that the operator did not open.
    Address,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Scheme => "the scheme is not the one declared",
            Self::Host => "the host is not the one declared",
            Self::Path => "the path leaves the declared base path",
            Self::UserInfo => "a user name or password stands in the URL",
            Self::Metadata => "the host serves cloud credentials",
            Self::Address => "the address is private or reserved, and the operator did not allow it",
        })
    }
}

/// Whether a call may go to `url`, given the operation's declared base URL. Names are checked here, the addresses
/// they resolve to by the shell with [`check_address`].
pub fn check_url(url: &Url, base: &Url, allow_private: bool) -> Result<(), Refusal> {
    if !matches!(url.scheme(), "http" | "https") || url.scheme() != base.scheme() {
        return Err(Refusal::Scheme);
    }
    if url.host() != base.host() || url.port_or_known_default() != base.port_or_known_default() {
        return Err(Refusal::Host);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::UserInfo);
    }
    let prefix = base.path().trim_end_matches('/');
    if !url.path().strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return Err(Refusal::Path);
    }
    check_host(url, allow_private)
}

/// Whether the host itself may be reached: names by list, IP literals by range.
pub fn check_host(url: &Url, allow_private: bool) -> Result<(), Refusal> {
    let address = match url.host() {
        None => return Err(Refusal::Host),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            return if METADATA_HOSTS.contains(&name.as_str()) { Err(Refusal::Metadata) } else { Ok(()) };
        }
        Some(Host::Ipv4(address)) => IpAddr::V4(address),
        Some(Host::Ipv6(address)) => IpAddr::V6(address),
    };
    if check_address(address, allow_private) { Ok(()) } else { Err(Refusal::Address) }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
