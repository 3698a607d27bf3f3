//! Files appear whole, with the right mode, and leave nothing beside them.

use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::testing::names;

#[test]
fn a_private_file_is_its_owners_alone_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    create_private(&path, b"one").unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let error = create_private(&path, b"two").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&path).unwrap(), b"one");
    assert_eq!(names(folder.path()), ["key.pem"]);
}

#[test]
fn a_dangling_link_is_a_name_that_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (folder.path().join("key.pem"), folder.path().join("elsewhere"));
    std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
    assert_eq!(create_private(&path, b"x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert!(!elsewhere.exists());
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.jws");
    replace(&path, b"a long first text").unwrap();
    replace(&path, b"short").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"short");
    assert!(replace(&folder.path().join("no/such/folder"), b"x").is_err());
    assert!(replace(Path::new("/"), b"x").is_err());
    assert_eq!(names(folder.path()), ["bundle.jws"]);
}
