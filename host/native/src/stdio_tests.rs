//! Lines in, lines out.

use super::*;

#[tokio::test]
async fn lines_are_bounded_and_blank_ones_skipped() {
    let mut input = format!("\n  \nshort\r\n{}\nlast", "x".repeat(50)).into_bytes();
    input.push(b'\n');
    let mut reader = tokio::io::BufReader::with_capacity(7, input.as_slice());
    let mut lines = Vec::new();
    while let Some(line) = read_line(&mut reader, 10).await.unwrap() {
        lines.push(String::from_utf8(line).unwrap());
    }
    assert_eq!(lines, ["short", "xxxxxxxxxx", "last"]);
}
