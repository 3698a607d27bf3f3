//! Migrations of Durable Object classes. They are history: what was deployed is kept as it is, and goes on from there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::finding::{Hinted, error};
use super::manifest::{DurableObject, Manifest};
use super::wit::Finding;

/// A Worker as an earlier configuration has it.
pub(crate) struct Earlier<'a> {
    /// Its migrations, in order.
    migrations: Vec<&'a Map<String, Value>>,
    /// Binding and class, where the class is the Worker's own.
    classes: Vec<(&'a str, &'a str)>,
}

/// The Workers of an earlier configuration, by name.
pub(crate) fn workers(previous: &Value) -> Vec<(String, Result<Earlier<'_>, String>)> {
    let name = previous["name"].as_str().unwrap_or_default();
    let mut workers = vec![(name.to_owned(), earlier(previous, previous, name))];
    for (environment, section) in previous["env"].as_object().into_iter().flatten() {
        let own = section["name"].as_str().map_or_else(|| format!("{name}-{environment}"), str::to_owned);
        let worker = earlier(previous, section, &own);
        workers.push((own, worker));
    }
    workers
}

/// Environments inherit migrations, but no bindings.
fn earlier<'a>(root: &'a Value, section: &'a Value, worker: &str) -> Result<Earlier<'a>, String> {
    let migrations = section.get("migrations").or(root.get("migrations"));
    let migrations = match migrations {
        None => Vec::new(),
        Some(migrations) => migrations.as_array().and_then(|all| all.iter().map(migration).collect()).ok_or_else(|| {
            format!("the earlier configuration of `{worker}` has migrations that are no list of tables with a `tag`")
        })?,
    };
    let objects = section["durable_objects"]["bindings"].as_array().into_iter().flatten();
    let own = objects.filter(|object| object["script_name"].as_str().is_none_or(|script| script == worker));
    let classes = own.filter_map(|object| Some((object["name"].as_str()?, object["class_name"].as_str()?)));
    Ok(Earlier { migrations, classes: classes.collect() })
}

fn migration(value: &Value) -> Option<&Map<String, Value>> {
    value.as_object().filter(|migration| migration.get("tag").is_some_and(Value::is_string))
}

/// All migrations of a Worker: the earlier ones, and another one if its classes are no longer the same.
///
/// # Errors
/// A class, and with it its data, would go, and nobody said that it may.
pub(crate) fn next(
    manifest: &Manifest,
    worker: &str,
    earlier: Option<&Earlier<'_>>,
    may_be_deleted: &[String],
) -> Result<Vec<Map<String, Value>>, Vec<Finding>> {
    let past: &[&Map<String, Value>] = earlier.map_or(&[], |earlier| &earlier.migrations);
    let was_bound = earlier.map_or(&[][..], |earlier| &earlier.classes);
    let existing = replay(past);
    let objects: Vec<&DurableObject> =
        manifest.durable_objects.iter().filter(|object| object.is_own(worker)).collect();
    let is_wanted = |class: &str| objects.iter().any(|object| object.class_name == class);

    let mut new: Vec<&str> = Vec::new();
    let mut renamed: Vec<(&str, &str)> = Vec::new();
    for object in &objects {
        let class = object.class_name.as_str();
        let known =
            existing.contains(class) || new.contains(&class) || renamed.iter().any(|(_, to)| *to == class);
        if known {
            continue;
        }
        // A rename is the same binding with another class, where nothing else uses the old one.
        let before =
            was_bound.iter().find(|(binding, _)| *binding == object.binding).map(|(_, class)| *class);
        let before = before.filter(|before| existing.contains(*before) && !is_wanted(before));
        match before.filter(|before| !renamed.iter().any(|(from, _)| from == before)) {
            Some(before) => renamed.push((before, class)),
            None => new.push(class),
        }
    }
    let gone = existing.iter().copied().filter(|class| !is_wanted(class));
    let deleted: Vec<&str> = gone.filter(|class| !renamed.iter().any(|(from, _)| from == class)).collect();
    let refused: Vec<Finding> = deleted
        .iter()
        .filter(|class| !may_be_deleted.iter().any(|allowed| allowed == *class))
        .map(|class| lost(class, worker))
        .collect();
    if !refused.is_empty() {
        return Err(refused);
    }
    let mut all: Vec<Map<String, Value>> = past.iter().copied().cloned().collect();
    all.extend(migration_of(&next_tag(past), &new, &renamed, &deleted));
    Ok(all)
}

fn lost(class: &str, worker: &str) -> Finding {
    let message = format!(
        "the class `{class}` of the Worker `{worker}` is no longer bound; deleting it deletes all its objects and their data"
    );
    error("class-lost", "/bindings/durableObjects", message).hint(format!(
        "bind it again; or give a renamed class the binding that the old one had; or, if the data may go, say \
         `--allow-delete-class {class}`"
    ))
}

fn migration_of(
    tag: &str,
    new: &[&str],
    renamed: &[(&str, &str)],
    deleted: &[&str],
) -> Option<Map<String, Value>> {
    if new.is_empty() && renamed.is_empty() && deleted.is_empty() {
        return None;
    }
    let mut migration = Map::new();
    migration.insert("tag".to_owned(), json!(tag));
    if !new.is_empty() {
        migration.insert("new_sqlite_classes".to_owned(), json!(new));
    }
    if !renamed.is_empty() {
        let pairs: Vec<Value> = renamed.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
        migration.insert("renamed_classes".to_owned(), json!(pairs));
    }
    if !deleted.is_empty() {
        migration.insert("deleted_classes".to_owned(), json!(deleted));
    }
    Some(migration)
}

/// The classes that exist after these migrations.
fn replay<'a>(migrations: &[&'a Map<String, Value>]) -> BTreeSet<&'a str> {
    let mut classes = BTreeSet::new();
    for migration in migrations {
        for (from, to) in pairs(migration, "renamed_classes") {
            classes.remove(from);
            classes.insert(to);
        }
        for class in names(migration, "deleted_classes") {
            classes.remove(class);
        }
        classes.extend(names(migration, "new_classes"));
        classes.extend(names(migration, "new_sqlite_classes"));
        classes.extend(pairs(migration, "transferred_classes").map(|(_, to)| to));
    }
    classes
}

/// `v` and the number after the highest one so far.
fn next_tag(past: &[&Map<String, Value>]) -> String {
    let numbers =
        past.iter().filter_map(|migration| migration["tag"].as_str()?.strip_prefix('v')?.parse::<u32>().ok());
    let past = u32::try_from(past.len()).unwrap_or(u32::MAX);
    format!("v{}", numbers.max().unwrap_or(past).saturating_add(1))
}

/// What a migration does to classes that are there already, in words.
pub(crate) fn words(migration: &Map<String, Value>) -> Vec<String> {
    let renamed = pairs(migration, "renamed_classes").map(|(from, to)| {
        format!("The class {from} is called {to} from here on: the same objects with the same data.")
    });
    let deleted = names(migration, "deleted_classes")
        .map(|class| format!("The class {class} is deleted, and so are its objects and their data."));
    renamed.chain(deleted).collect()
}

fn names<'a>(migration: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = &'a str> {
    migration.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn pairs<'a>(migration: &'a Map<String, Value>, key: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let items = migration.get(key).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| Some((item["from"].as_str()?, item["to"].as_str()?)))
}
