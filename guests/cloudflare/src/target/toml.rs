//! A configuration as TOML. Writes only; reading is the host's.

use super::config::{Entry, Node, Table, line, quoted};

/// The text, with a newline at its end.
pub(crate) fn write(root: &Table) -> String {
    let mut out = String::new();
    comments(&mut out, &root.comments);
    table(&mut out, "", root);
    out
}

/// What fits on lines of its own first: after a header, a plain key would belong to that header's table.
fn table(out: &mut String, path: &str, table: &Table) {
    for entry in table.entries.iter().filter(|entry| is_inline(&entry.node)) {
        if !entry.comments.is_empty() {
            out.push('\n');
        }
        comments(out, &entry.comments);
        out.push_str(&format!("{} = {}\n", key(&entry.key), value(&entry.node)));
    }
    for entry in &table.entries {
        let path = if path.is_empty() { key(&entry.key) } else { format!("{path}.{}", key(&entry.key)) };
        match &entry.node {
            Node::Table(inner) => section(out, &path, entry, inner),
            Node::List(items) if !is_inline(&entry.node) => elements(out, &path, entry, items),
            _ => {}
        }
    }
}

fn section(out: &mut String, path: &str, entry: &Entry, inner: &Table) {
    let only_sections = inner.entries.iter().all(|entry| !is_inline(&entry.node));
    let about = [&entry.comments[..], &inner.comments[..]].concat();
    if !about.is_empty() || !only_sections || inner.entries.is_empty() {
        out.push('\n');
        comments(out, &about);
        out.push_str(&format!("[{path}]\n"));
    }
    table(out, path, inner);
}

fn elements(out: &mut String, path: &str, entry: &Entry, items: &[Node]) {
    for (index, item) in items.iter().enumerate() {
        let Node::Table(item) = item else { continue };
        out.push('\n');
        if index == 0 {
            comments(out, &entry.comments);
        }
        comments(out, &item.comments);
        out.push_str(&format!("[[{path}]]\n"));
        for entry in &item.entries {
            comments(out, &entry.comments);
            out.push_str(&format!("{} = {}\n", key(&entry.key), value(&entry.node)));
        }
    }
}

/// Tables get a header, and so do the elements of a list of nothing but tables.
fn is_inline(node: &Node) -> bool {
    match node {
        Node::Table(_) => false,
        Node::List(items) => items.is_empty() || !items.iter().all(|item| matches!(item, Node::Table(_))),
        _ => true,
    }
}

fn comments(out: &mut String, lines: &[String]) {
    for text in lines {
        out.push_str(format!("# {}", line(text)).trim_end());
        out.push('\n');
    }
}

fn value(node: &Node) -> String {
    match node {
        Node::Text(text) => quoted(text),
        Node::Flag(flag) => flag.to_string(),
        Node::Number(number) => number.to_string(),
        Node::List(items) => format!("[{}]", items.iter().map(value).collect::<Vec<_>>().join(", ")),
        Node::Table(table) if table.entries.is_empty() => "{}".to_owned(),
        Node::Table(table) => {
            let pairs =
                table.entries.iter().map(|entry| format!("{} = {}", key(&entry.key), value(&entry.node)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}

fn key(key: &str) -> String {
    let is_bare = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if is_bare { key.to_owned() } else { quoted(key) }
}
