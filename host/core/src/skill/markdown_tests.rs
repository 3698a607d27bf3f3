//! Splitting, parsing whole folders, and that no text makes either panic.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// `key: value` lines only, values in JSON; enough for these tests, and no YAML in the core.
fn read_lines(file: &str, text: &str) -> Result<Document, Vec<Finding>> {
    let mut value = json!({});
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (key, json) = line.split_once(": ").ok_or_else(|| vec![Finding::error("yaml", line)])?;
        value[key] = serde_json::from_str(json).unwrap_or_else(|_| json!(json.trim()));
    }
    Ok(Document { file: file.to_owned(), value, marks: BTreeMap::new().into() })
}

fn folder(name: &str, files: &[(&str, &str)]) -> Folder {
    let files =
        files.iter().map(|(path, text)| ((*path).to_owned(), Bytes::from((*text).to_owned()))).collect();
    Folder { name: name.to_owned(), path: format!("skills/{name}"), files }
}

fn place(finding: &Finding) -> (String, u32, u32) {
    let place = finding.location.clone().unwrap();
    (place.file, place.line, place.column)
}

#[test]
fn splits_with_byte_order_mark_and_crlf() {
    let parts = split("f", "\u{feff}---\r\nname: a\r\n---\r\nBody\r\n---\r\n").unwrap();
    assert_eq!(parts, Split { frontmatter: "name: a\r\n", line: 2, body: "Body\r\n---\r\n" });
    assert_eq!(split("f", "---\n---").unwrap(), Split { frontmatter: "", line: 2, body: "" });
}

#[test]
fn missing_and_unclosed_frontmatter_have_a_place() {
    assert_eq!(split("f", "# Title\n---\n").unwrap_err().code, "frontmatter-missing");
    assert_eq!(split("f", "").unwrap_err().code, "frontmatter-missing");
    let unclosed = split("f", "---\nname: a\n----\n --- \n").unwrap_err();
    assert_eq!((unclosed.code, place(&unclosed)), ("frontmatter-unclosed", ("f".to_owned(), 1, 1)));
}

#[test]
fn a_folder_gives_operations_in_reading_order() {
    let folder = folder(
        "a",
        &[
            (
                "SKILL.md",
                "---\nname: a\ndescription: d\n---\nUse op://acme/get, [[ref:more.md]] and [[ref:data/t.csv]]\n",
            ),
            ("data/t.csv", "op://not/scanned"),
            ("examples/e.md", "op://acme/third"),
            ("references/more.md", "```\nop://acme/second\n```"),
            ("references/table.txt", "op://not/scanned"),
        ],
    );
    let (skill, findings) = parse(folder, &mut read_lines);
    assert_eq!(findings, []);
    let skill = skill.unwrap();
    let names: Vec<&str> = skill.operations.iter().map(|found| found.operation.as_str()).collect();
    assert_eq!(names, ["get", "second", "third"]);
    assert_eq!(skill.operations[0].location.line, 5);
    assert_eq!(skill.instructions, "Use op://acme/get, [[ref:more.md]] and [[ref:data/t.csv]]\n");
    assert_eq!(skill.files["references/more.md"].sha256.len(), 64);
}

#[test]
fn unknown_files_are_errors_with_suggestions() {
    let text = "---\nname: a\ndescription: d\n---\n\nSee [[ref:mor.md]] or [[ref:../../etc/passwd]].";
    let folder = folder("a", &[("SKILL.md", text), ("references/more.md", "x")]);
    let (skill, findings) = parse(folder, &mut read_lines);
    assert!(skill.is_none());
    assert_eq!(findings.len(), 2);
    assert_eq!(place(&findings[0]), ("skills/a/SKILL.md".to_owned(), 6, 5));
    assert_eq!(findings[0].hint.as_deref(), Some("Did you mean `more.md`?"));
}

#[test]
fn a_folder_without_skill_file_or_with_other_bytes_is_refused() {
    let (_, findings) = parse(folder("a", &[("README.md", "x")]), &mut read_lines);
    assert_eq!(findings[0].code, "skill-file-missing");
    let mut broken = folder("a", &[]);
    broken.files.insert(SKILL_FILE.to_owned(), Bytes::from_static(b"---\nn\xc3\xa9\xff"));
    let (_, findings) = parse(broken, &mut read_lines);
    assert_eq!((findings[0].code, place(&findings[0]).1, place(&findings[0]).2), ("not-utf8", 2, 3));
}

proptest! {
    #[test]
    fn splitting_never_panics_and_loses_nothing(text in "(---|\r?\n|\u{feff}|a: b|é| ){0,30}") {
        if let Ok(parts) = split("f", &text) {
            prop_assert!(text.ends_with(parts.body));
            prop_assert!(text.contains(parts.frontmatter));
        }
        let _ = parse(folder("a", &[("SKILL.md", &text)]), &mut read_lines);
    }
}
