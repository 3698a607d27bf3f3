//! A configuration as JSON with comments. Writes only; reading is the host's.

use super::config::{Node, Table, line, quoted};

/// The text, with a newline at its end.
pub(crate) fn write(root: &Table) -> String {
    let mut out = String::new();
    comments(&mut out, "", &root.comments);
    block(&mut out, "", root);
    out.push('\n');
    out
}

/// A table with a line for each of its values.
fn block(out: &mut String, margin: &str, table: &Table) {
    let inner = format!("{margin}  ");
    out.push_str("{\n");
    for (index, entry) in table.entries.iter().enumerate() {
        comments(out, &inner, &entry.comments);
        if let Node::Table(table) = &entry.node {
            comments(out, &inner, &table.comments);
        }
        out.push_str(&format!("{inner}{}: ", quoted(&entry.key)));
        match &entry.node {
            Node::Table(table) if !table.entries.is_empty() => block(out, &inner, table),
            Node::List(items) if items.iter().any(|item| matches!(item, Node::Table(_))) => {
                elements(out, &inner, items);
            }
            node => out.push_str(&value(node)),
        }
        out.push_str(if index + 1 < table.entries.len() { ",\n" } else { "\n" });
    }
    out.push_str(margin);
    out.push('}');
}

fn elements(out: &mut String, margin: &str, items: &[Node]) {
    let inner = format!("{margin}  ");
    out.push_str("[\n");
    for (index, item) in items.iter().enumerate() {
        if let Node::Table(table) = item {
            comments(out, &inner, &table.comments);
        }
        let comma = if index + 1 < items.len() { "," } else { "" };
        out.push_str(&format!("{inner}{}{comma}\n", value(item)));
    }
    out.push_str(margin);
    out.push(']');
}

fn comments(out: &mut String, margin: &str, lines: &[String]) {
    for text in lines {
        out.push_str(format!("{margin}// {}", line(text)).trim_end());
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
                table.entries.iter().map(|entry| format!("{}: {}", quoted(&entry.key), value(&entry.node)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}
