//! Every special-purpose range at its edges, odd notations, and URLs that try to leave their base.

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// Public, private (opened by `allow_private`) or never.
fn reach(text: &str) -> Reach {
    match (check_address(ip(text), false), check_address(ip(text), true)) {
        (true, true) => Reach::Public,
        (false, true) => Reach::Private,
        (false, false) => Reach::Never,
        (true, false) => panic!("{text}: allowing private addresses must not close public ones"),
    }
}

/// First and last address of every block, and the public neighbours on both sides.
#[test]
fn ipv4_blocks_end_where_the_registry_says() {
    for (below, first, last, above, expected) in [
        ("", "0.0.0.0", "0.255.255.255", "1.0.0.0", Reach::Never),
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", Reach::Private),
        ("100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", Reach::Private),
        ("126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", Reach::Private),
        ("169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", Reach::Never),
        ("172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", Reach::Private),
        ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", Reach::Never),
        ("192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0", Reach::Never),
        ("192.31.195.255", "192.31.196.0", "192.31.196.255", "192.31.197.0", Reach::Never),
        ("192.52.192.255", "192.52.193.0", "192.52.193.255", "192.52.194.0", Reach::Never),
        ("192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", Reach::Never),
        ("192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", Reach::Private),
        ("192.175.47.255", "192.175.48.0", "192.175.48.255", "192.175.49.0", Reach::Never),
        ("198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", Reach::Never),
        ("198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0", Reach::Never),
        ("203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0", Reach::Never),
        ("223.255.255.255", "224.0.0.0", "255.255.255.255", "", Reach::Never),
    ] {
        for address in [first, last] {
            assert_eq!(reach(address), expected, "{address}");
            let mapped = format!("::ffff:{address}");
            assert_eq!(reach(&mapped), expected, "{mapped}");
        }
        for address in [below, above].into_iter().filter(|address| !address.is_empty()) {
            assert_eq!(reach(address), Reach::Public, "{address}");
        }
    }
}

#[test]
fn ipv6_blocks_end_where_the_registry_says() {
    for (address, expected) in [
        ("::", Reach::Never),
        ("::1", Reach::Private),
        ("::2", Reach::Never),
        ("::7f00:1", Reach::Never),
        ("::10.0.0.1", Reach::Never),
        ("::fffe:1.1.1.1", Reach::Never),
        ("::ffff:1.1.1.1", Reach::Public),
        ("::ffff:0:1.1.1.1", Reach::Never),
        ("64:ff9b::1.1.1.1", Reach::Public),
        ("64:ff9b::7f00:1", Reach::Never),
        ("64:ff9b::10.0.0.1", Reach::Never),
        ("64:ff9b:0:1::1.1.1.1", Reach::Never),
        ("64:ff9b:1::1.1.1.1", Reach::Never),
        ("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("100::", Reach::Never),
        ("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("2000::", Reach::Public),
        ("2001::", Reach::Never),
        ("2001:0:1::1", Reach::Never),
        ("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("2001:200::", Reach::Public),
        ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Public),
        ("2001:db8::", Reach::Never),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("2001:db9::", Reach::Public),
        ("2002:0808:0808::1", Reach::Public),
        ("2002:7f00:1::1", Reach::Never),
        ("2002:a00:1::1", Reach::Never),
        ("2002:a9fe:a9fe::", Reach::Never),
        ("2606:4700:4700::1111", Reach::Public),
        ("2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", Reach::Public),
        ("2620:4f:8000::", Reach::Never),
        ("2620:4f:8000:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("2620:4f:8001::", Reach::Public),
        ("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Public),
        ("3fff::", Reach::Never),
        ("3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("3fff:1000::", Reach::Public),
        ("4000::", Reach::Never),
        ("5f00::1", Reach::Never),
        ("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("fc00::", Reach::Private),
        ("fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Private),
        ("fd00:ec2::254", Reach::Never),
        ("fd00:ec3::", Reach::Private),
        ("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Private),
        ("fe00::", Reach::Never),
        ("fe80::1", Reach::Never),
        ("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
        ("fec0::1", Reach::Never),
        ("ff02::1", Reach::Never),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Reach::Never),
    ] {
        assert_eq!(reach(address), expected, "{address}");
    }
}

#[test]
fn urls_stay_at_the_declared_base() {
    let base = Url::parse("https://api.test/v1").unwrap();
    for (url, expected) in [
        ("https://api.test/v1", Ok(())),
        ("https://api.test/v1/orders?x=/../", Ok(())),
        ("https://api.test:443/v1/", Ok(())),
        ("https://API.test/v1/", Ok(())),
        ("http://api.test/v1/", Err(Refusal::Scheme)),
        ("ftp://api.test/v1/", Err(Refusal::Scheme)),
        ("https://api.test:8443/v1/", Err(Refusal::Host)),
        ("https://api.test./v1/", Err(Refusal::Host)),
        ("https://api.test.evil/v1/", Err(Refusal::Host)),
        ("https://user@api.test/v1/", Err(Refusal::UserInfo)),
        ("https://:x@api.test/v1/", Err(Refusal::UserInfo)),
        ("https://api.test/v10", Err(Refusal::Path)),
        ("https://api.test/v1/../admin", Err(Refusal::Path)),
        ("https://api.test/v1/%2e%2e/admin", Err(Refusal::Path)),
        ("https://api.test/", Err(Refusal::Path)),
    ] {
        assert_eq!(check_url(&Url::parse(url).unwrap(), &base, false), expected, "{url}");
    }
}

#[test]
fn odd_notations_and_metadata_names_are_refused() {
    for (url, expected) in [
        ("http://127.0.0.1/", Refusal::Address),
        ("http://2130706433/", Refusal::Address),
        ("http://0x7f.1/", Refusal::Address),
        ("http://017700000001/", Refusal::Address),
        ("http://127.1/", Refusal::Address),
        ("http://[::ffff:127.0.0.1]/", Refusal::Address),
        ("http://[::ffff:7f00:1]/", Refusal::Address),
        ("http://metadata.google.internal/", Refusal::Metadata),
        ("http://METADATA.google.internal./", Refusal::Metadata),
        ("http://metadata/", Refusal::Metadata),
    ] {
        let url = Url::parse(url).unwrap();
        assert_eq!(check_url(&url, &url, false), Err(expected), "{url}");
    }
    // Digits of other scripts are no URL here: international names are written in punycode.
    assert!(Url::parse("http://\u{ff11}27.0.0.1/").is_err());
    let loopback = Url::parse("http://127.0.0.1:4010/").unwrap();
    assert_eq!(check_url(&loopback, &loopback, true), Ok(()));
    let metadata = Url::parse("http://169.254.169.254/").unwrap();
    assert_eq!(check_url(&metadata, &metadata, true), Err(Refusal::Address), "no flag opens it");
}
