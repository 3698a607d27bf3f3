//! Compiled code on disk: written once, read again, never taken from somebody else.

use std::fs;

use super::*;

/// The smallest component: a header and nothing else.
const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

fn files(dir: &Path) -> Vec<PathBuf> {
    fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn the_second_load_uses_what_the_first_wrote_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("made/on/demand");
    let engine = Engine::default();
    load(&engine, EMPTY, Some(&dir)).unwrap();
    let written = files(&dir);
    assert_eq!(written.len(), 1);
    assert!(written[0].extension().is_some_and(|extension| extension == "cwasm"));
    let before = fs::metadata(&written[0]).unwrap().modified().unwrap();
    load(&engine, EMPTY, Some(&dir)).unwrap();
    assert_eq!(fs::metadata(&written[0]).unwrap().modified().unwrap(), before);
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_damaged_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::default();
    load(&engine, EMPTY, Some(folder.path())).unwrap();
    let path = &files(folder.path())[0];
    fs::write(path, b"not code").unwrap();
    load(&engine, EMPTY, Some(folder.path())).unwrap();
    assert_ne!(fs::read(path).unwrap(), b"not code");
}

#[test]
fn an_unusable_directory_costs_the_cache_and_not_the_component() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, b"").unwrap();
    assert!(claim(&file).is_err());
    assert!(load(&Engine::default(), EMPTY, Some(&file)).is_ok());
    assert!(load(&Engine::default(), EMPTY, None).is_ok());
}

#[test]
fn bytes_that_are_no_component_are_refused() {
    assert!(load(&Engine::default(), b"\0asm", None).is_err());
}
