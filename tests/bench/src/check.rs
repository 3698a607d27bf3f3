//! Checking a script of 4 KB: JavaScript, TypeScript with its types stripped, and the same script again.

use std::fs;

use anyhow::{Context, Result, ensure};
use frontmcp_core::script::cache::CheckCache;
use frontmcp_core::script::check::{ScopeNames, check};
use frontmcp_tests::repository;

use crate::node;
use crate::report::{Report, Row, Target};
use crate::timing::{Samples, measure};

const BYTES: usize = 4 << 10;
const MAX_BYTES: usize = 100 << 10;
const TIMES: usize = 5_000;

pub(crate) fn run(report: &mut Report) -> Result<()> {
    let scope = ScopeNames { namespaces: vec!["acme".to_owned(), "billing".to_owned()] };
    let (javascript, typescript) = (script("js")?, script("ts")?);
    for (source, typed) in [(&javascript, false), (&typescript, true)] {
        let checked = check(source, &scope, MAX_BYTES).map_err(|refusal| anyhow::anyhow!("{refusal:?}"))?;
        ensure!(checked.typescript == typed, "the bench's script is not what it should be");
    }
    let file = std::env::temp_dir().join(format!("frontmcp-bench-{}.js", std::process::id()));
    fs::write(&file, &javascript)?;
    let acorn = node::run("acorn.mjs", &[file.to_str().context("a path in UTF-8")?]);
    fs::remove_file(&file)?;
    let acorn = acorn?.map(|series| series[0].p50());
    let time = |source: &str| measure(TIMES, || drop(check(source, &scope, MAX_BYTES)));
    let ours = time(&javascript);
    let peer = Some(("acorn, parsing only", acorn));
    add(report, "check: 4 KB JavaScript, p50", &ours, peer, 100.0);
    add(report, "check: 4 KB TypeScript, p50", &time(&typescript), None, 170.0);
    let cache = CheckCache::new();
    let again = measure(TIMES, || drop(cache.check(&typescript, &scope, MAX_BYTES)));
    add(report, "check: the same script again, p50", &again, None, 5.0);
    Ok(())
}

fn add(
    report: &mut Report,
    work: &str,
    ours: &Samples,
    peer: Option<(&'static str, Option<f64>)>,
    most: f64,
) {
    report.row(Row {
        work: work.to_owned(),
        unit: "us",
        ours: ours.p50(),
        peer,
        target: Target::AtMost(most),
    });
}

/// Golden scripts of one language, each in a function of its own, up to 4 KB.
fn script(extension: &str) -> Result<String> {
    let folder = repository().join("tests/golden/accept");
    let mut files: Vec<_> = fs::read_dir(&folder)?.collect::<Result<Vec<_>, _>>()?;
    files.sort_by_key(fs::DirEntry::file_name);
    let mut text = String::new();
    for (number, file) in files.iter().enumerate() {
        if file.path().extension().is_some_and(|found| found == extension) {
            let part =
                format!("async function part{number}() {{\n{}\n}}\n", fs::read_to_string(file.path())?);
            if text.len() + part.len() <= BYTES {
                text += &part;
            }
        }
    }
    ensure!(text.len() > BYTES * 9 / 10, "only {} bytes of {extension}", text.len());
    Ok(text)
}
