//! Content codings: what is packed comes back, and nothing gets past a limit.

use std::io::Write as _;

use super::*;

/// 100 000 bytes that pack well, but not to nothing.
fn text() -> Vec<u8> {
    (0..100_000_u32).map(|at| b"abcdefgh"[(at.wrapping_mul(at) >> 7) as usize % 8]).collect()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn broken(coding: Coding, bytes: &[u8]) -> String {
    match unpack(coding, bytes, 1 << 20) {
        Err(Unpack::Broken(what)) => what,
        other => panic!("{other:?}"),
    }
}

#[test]
fn codings_are_named_as_in_http() {
    for (name, coding) in [
        (None, Coding::Identity),
        (Some("identity"), Coding::Identity),
        (Some("gzip"), Coding::Gzip),
        (Some("GZip"), Coding::Gzip),
        (Some(" x-gzip\t"), Coding::Gzip),
        (Some("zstd"), Coding::Zstd),
    ] {
        assert_eq!(Coding::parse(name), Some(coding));
        assert_eq!(Coding::parse(Some(coding.as_str())), Some(coding));
    }
    for name in ["", "br", "deflate", "gzip, gzip", "gzip,", "identity, gzip", "*", "gzip;q=1"] {
        assert_eq!(Coding::parse(Some(name)), None, "{name}");
    }
}

#[test]
fn what_was_packed_comes_back_up_to_the_limit() {
    let text = text();
    for (coding, packed) in
        [(Coding::Identity, text.clone()), (Coding::Gzip, gzip(&text)), (Coding::Zstd, zstd(&text))]
    {
        assert_eq!(unpack(coding, &packed, text.len()).unwrap(), text, "{coding:?}");
        assert_eq!(unpack(coding, &packed, usize::MAX).unwrap(), text, "{coding:?}");
        for limit in [text.len() - 1, 1, 0] {
            assert_eq!(unpack(coding, &packed, limit), Err(Unpack::TooLarge), "{coding:?} {limit}");
        }
    }
    assert_eq!(unpack(Coding::Gzip, &gzip(b""), 0).unwrap(), b"".as_slice());
    assert!(matches!(unpack(Coding::Identity, &text, text.len()).unwrap(), Cow::Borrowed(_)));
}

#[test]
fn a_frame_that_zstd_itself_wrote_is_read() {
    // 40 times "hello hello hello, ", zstd 1.5 at level 19 from a pipe, with its checksum.
    let frame = [
        0x28, 0xb5, 0x2f, 0xfd, 0x04, 0x68, 0x95, 0x00, 0x00, 0x40, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0x20, 0x2c,
        0x20, 0x02, 0x00, 0xe2, 0x6c, 0x56, 0x1c, 0xa3, 0x14, 0x01, 0x08, 0x0c, 0x7c, 0x5e,
    ];
    assert_eq!(unpack(Coding::Zstd, &frame, 1_000).unwrap(), "hello hello hello, ".repeat(40).as_bytes());
    for length in 0..frame.len() {
        broken(Coding::Zstd, &frame[..length]);
    }
}

#[test]
fn gzip_is_the_same_each_time_and_carries_no_time() {
    let packed = gzip(&text());
    assert_eq!(packed, gzip(&text()));
    assert_eq!(packed[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

#[test]
fn what_is_cut_off_is_refused() {
    for (coding, packed) in [(Coding::Gzip, gzip(&text())), (Coding::Zstd, zstd(&text()))] {
        for length in (0..40).chain((40..packed.len()).step_by(997)).chain(packed.len() - 20..packed.len()) {
            broken(coding, &packed[..length]);
        }
    }
}

#[test]
fn nothing_may_stand_behind_the_end() {
    for (coding, packed) in [(Coding::Gzip, gzip(&text())), (Coding::Zstd, zstd(&text()))] {
        for rest in [&b"x"[..], b"\0", &packed, b"\x50\x2A\x4D\x18\0\0\0\0"] {
            let what = broken(coding, &[&packed, rest].concat());
            assert_eq!(what, "something stands behind its end", "{coding:?}");
        }
    }
}

#[test]
fn damage_to_gzip_is_seen() {
    let packed = gzip(&text());
    for at in packed.len() - 8..packed.len() {
        let mut damaged = packed.clone();
        damaged[at] ^= 1;
        broken(Coding::Gzip, &damaged);
    }
    broken(Coding::Gzip, b"plain text is not packed");
    broken(Coding::Zstd, b"plain text is not packed");
    broken(Coding::Zstd, &packed);
}

#[test]
fn bombs_end_at_the_limit() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        encoder.write_all(&[0; 1 << 20]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 100_000);
    assert_eq!(unpack(Coding::Gzip, &bomb, 1 << 20), Err(Unpack::TooLarge));
    for window in [WINDOW_1_KIB, WINDOW_32_MIB] {
        assert_eq!(unpack(Coding::Zstd, &frame(window, 512), 1 << 20), Err(Unpack::TooLarge));
        assert_eq!(unpack(Coding::Zstd, &frame(window, 0), 1 << 20).unwrap(), b"z".as_slice());
    }
}

/// Window descriptors (RFC 8878 §3.1.1.1.2).
const WINDOW_1_KIB: u8 = 0;
const WINDOW_32_MIB: u8 = 15 << 3;

/// A frame without content size: `blocks` blocks of as many zeros as the window allows, then one `z`.
fn frame(window: u8, blocks: usize) -> Vec<u8> {
    const REPEATED: u32 = 1 << 1;
    const LAST: u32 = 1;
    let size: u32 = if window == WINDOW_1_KIB { 1 << 10 } else { 128 << 10 };
    let mut frame = vec![0x28, 0xB5, 0x2F, 0xFD, 0, window];
    let block = |header: u32| header.to_le_bytes()[..3].to_vec();
    for _ in 0..blocks * (128 << 10) / size as usize {
        frame.extend(block(size << 3 | REPEATED));
        frame.push(0);
    }
    frame.extend(block(1 << 3 | REPEATED | LAST));
    frame.push(b'z');
    frame
}

#[test]
fn frames_that_ask_for_much_memory_are_refused_at_once() {
    for window in [WINDOW_32_MIB + 1, 17 << 3, 31 << 3, 0xFF] {
        let refused = unpack(Coding::Zstd, &frame(window, 0), usize::MAX).unwrap_err();
        assert!(refused == Unpack::TooLarge || matches!(refused, Unpack::Broken(_)), "{window}");
    }
    // One segment of 2^40 bytes: the content size is the window.
    let claim = [&[0x28, 0xB5, 0x2F, 0xFD, 0xE0][..], &(1_u64 << 40).to_le_bytes(), &[1, 0, 0]].concat();
    assert_eq!(unpack(Coding::Zstd, &claim, 1 << 24), Err(Unpack::TooLarge));
    assert_eq!(unpack(Coding::Zstd, &claim, usize::MAX), Err(Unpack::TooLarge));
}

#[test]
fn a_frame_holds_what_it_says() {
    // One segment that says 2 bytes; one raw last block of 1, 2 and 3 bytes.
    for (length, fits) in [(1_u8, false), (2, true), (3, false)] {
        let mut bytes = vec![0x28, 0xB5, 0x2F, 0xFD, 0x20, 2, 1 | length << 3, 0, 0];
        bytes.extend(vec![b'a'; length.into()]);
        assert_eq!(unpack(Coding::Zstd, &bytes, 100).is_ok(), fits, "{length}");
    }
}

#[test]
fn skippable_frames_and_dictionaries_are_refused() {
    assert!(broken(Coding::Zstd, b"\x50\x2A\x4D\x18\0\0\0\0").contains("skippable"));
    broken(Coding::Zstd, &[0x28, 0xB5, 0x2F, 0xFD, 0x21, 7, 1, 1 | 1 << 3, 0, 0, b'a']);
}
