//! The golden scripts: what ordinary scripts return, and how hostile ones end.

use std::fs;
use std::path::PathBuf;

use frontmcp_core::Settings;
use frontmcp_tests::{World, repository};
use serde_json::{Value, json};

/// One golden script: its `// key: value` header lines and its text.
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Golden {
    pub(crate) fn header(&self, key: &str) -> Option<&str> {
        let prefix = format!("// {key}:");
        self.text
            .lines()
            .take_while(|line| line.starts_with("// "))
            .find_map(|line| line.strip_prefix(&prefix))
            .map(str::trim)
    }

    /// What is wrong with the answer, by `// ends: <status> [part of the message]` and `// expect:`.
    fn misjudged(&self, answer: &Value) -> Option<String> {
        let ends = self.header("ends").unwrap_or_else(|| panic!("{} does not say how it ends", self.name));
        let (status, part) = ends.split_once(' ').unwrap_or((ends, ""));
        let message = answer["error"]["message"].as_str().unwrap_or_default();
        if answer["status"] != status || !message.contains(part) {
            return Some(format!("expected {ends}"));
        }
        let expected = self.json("expect")?;
        (answer["result"] != expected).then(|| format!("expected the result {expected}"))
    }

    pub(crate) fn json(&self, key: &str) -> Option<Value> {
        let value = serde_json::from_str(self.header(key)?);
        Some(value.unwrap_or_else(|error| panic!("{}: `{key}` is not JSON: {error}", self.name)))
    }
}

pub(crate) fn golden(folder: &str) -> Vec<Golden> {
    let folder = repository().join("tests/golden").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "js" || extension == "ts"));
    files.sort();
    files
        .into_iter()
        .map(|path| Golden {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: fs::read_to_string(&path).unwrap(),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn ordinary_scripts_return_what_they_should() {
    let world = World::start();
    let client = world.client();
    let scripts = golden("accept");
    let mut problems = Vec::new();
    for script in &scripts {
        world.api.reset().unwrap();
        let mut arguments = json!({"script": script.text});
        if let Some(input) = script.json("input") {
            arguments["input"] = input;
        }
        let answer = client.call("codecall:execute", arguments).await;
        let expected = script.json("expect").unwrap_or_else(|| panic!("{} expects nothing", script.name));
        if answer["status"] != "ok" || answer["result"] != expected {
            problems.push(format!("{}\n  expected {expected}\n  got      {answer}", script.name));
        }
    }
    assert!(scripts.len() >= 120, "only {} scripts", scripts.len());
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), scripts.len(), problems.join("\n"));
    assert_eq!(world.faults().len(), 0);
}

/// Less memory than in production, and as little time as the script needs: an endless one is ended soon.
fn tight(compute_ms: u64) -> Settings {
    let mut settings = Settings::default();
    settings.script.total_ms = 4 * compute_ms;
    settings.script.engine.compute_ms = compute_ms;
    settings.script.engine.memory_bytes = 16 << 20;
    settings
}

/// Notices what an earlier script might have left behind.
pub(crate) const NEXT: &str =
    "return [6 * 7, Object.keys({}).length, [3, 1, 2].sort().join(''), typeof acme.getOrder]";

#[tokio::test(flavor = "multi_thread")]
async fn hostile_scripts_end_as_they_should_and_the_next_script_notices_nothing() {
    let (hasty, patient) = (World::with(tight(300), |_| {}), World::with(tight(60_000), |_| {}));
    let scripts = golden("hostile");
    let mut problems = Vec::new();
    for script in &scripts {
        let endless = script.header("ends").is_some_and(|ends| ends.starts_with("timeout"));
        let client = if endless { hasty.client() } else { patient.client() };
        let answer = client.execute(&script.text).await;
        if let Some(problem) = script.misjudged(&answer) {
            problems.push(format!("{}: {problem}, got {answer}", script.name));
        }
        let next = client.execute(NEXT).await;
        if next["result"] != json!([42, 0, "123", "function"]) {
            problems.push(format!("{}: the next script got {next}", script.name));
        }
    }
    assert!(scripts.len() >= 80, "only {} scripts", scripts.len());
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), scripts.len(), problems.join("\n"));
    let faults = [hasty.faults(), patient.faults()].concat();
    assert!(faults.is_empty(), "{faults:#?}");
}
