//! Envelopes and their artifacts as files: read back as written, and nothing damaged passes.

use super::super::testing::names;
use super::*;

fn blob(text: &str) -> (String, Bytes) {
    (sha256_hex(text.as_bytes()), Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn artifacts_of_an_earlier_build_go_and_other_files_stay() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("b.jws");
    let (one, two) = (blob("one"), blob("two"));
    write(&file, b"1", &BTreeMap::from([one.clone(), two.clone()])).unwrap();
    write(&file, b"2", &BTreeMap::from([two.clone()])).unwrap();
    assert_eq!(names(&folder(&file)), [two.0.as_str()]);
    let blobs = Blobs::Folder(folder(&file));
    assert_eq!(blobs.get(&two.0).unwrap(), two.1);
    assert!(blobs.get(&one.0).is_err());
    fs::write(folder(&file).join("notes.txt"), "mine").unwrap();
    write(&file, b"3", &BTreeMap::new()).unwrap();
    assert_eq!(names(&folder(&file)), ["notes.txt"]);
    fs::remove_file(folder(&file).join("notes.txt")).unwrap();
    write(&file, b"4", &BTreeMap::new()).unwrap();
    assert_eq!(names(home.path()), ["b.jws"]);
}

#[test]
fn a_damaged_artifact_is_not_handed_out() {
    let home = tempfile::tempdir().unwrap();
    let (sha256, _) = blob("one");
    fs::write(home.path().join(&sha256), "won").unwrap();
    let blobs = Blobs::Folder(home.path().to_owned());
    assert!(blobs.get(&sha256).unwrap_err().to_string().contains("damaged"));
    // A server says which digests it lacks; none of its words may lead to another file.
    fs::write(home.path().join("secret"), "x").unwrap();
    for name in ["secret", "../secret", "/etc/hostname", ""] {
        assert!(blobs.get(name).unwrap_err().to_string().contains("no digest"), "{name}");
    }
}

#[test]
fn what_is_no_envelope_says_so() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("b.jws");
    for (bytes, wanted) in [
        (&b"hello"[..], "is no bundle: the envelope is not a JSON object"),
        (b"{}", "is no bundle"),
        (b"\x1f\x8b broken", "unpacking"),
    ] {
        fs::write(&file, bytes).unwrap();
        let error = read(&file).map(|_| ()).unwrap_err();
        assert!(format!("{error:#}").contains(wanted), "{error:#}");
    }
    assert!(read(&home.path().join("absent")).is_err());
}
