//! "Did you mean": the known names nearest to an unknown one. Never guesses on its own behalf.

/// Names longer than this many characters are not compared letter by letter.
const LONGEST_COMPARED: usize = 96;
/// How many names are offered.
const OFFERED: usize = 3;

/// At most three known names near `query`, best first: those that start with it, those that contain it,
/// those a few letters away. Letter case does not count; ties keep the order of `known`.
pub fn closest<'a>(query: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = query.to_lowercase();
    let reach = (wanted.chars().count() / 4).max(2);
    let mut ranked: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|name| rank(&wanted, &name.to_lowercase(), reach).map(|rank| (rank, name)))
        .collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.truncate(OFFERED);
    ranked.into_iter().map(|(_, name)| name).collect()
}

/// A hint that names the nearest known names, or lists a few when none is near.
pub fn hint<'a>(query: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<String> {
    let near = closest(query, known.clone());
    if !near.is_empty() {
        return Some(format!("Did you mean {}?", or_list(&near)));
    }
    let few: Vec<&str> = known.into_iter().take(8).collect();
    (!few.is_empty()).then(|| format!("Known names: {}", few.join(", ")))
}

fn or_list(names: &[&str]) -> String {
    match names {
        [first, middle @ .., last] => {
            let middle: String = middle.iter().map(|name| format!(", `{name}`")).collect();
            format!("`{first}`{middle} or `{last}`")
        }
        names => names.iter().map(|name| format!("`{name}`")).collect(),
    }
}

fn rank(wanted: &str, name: &str, reach: usize) -> Option<usize> {
    if wanted.is_empty() {
        None
    } else if name.starts_with(wanted) {
        Some(0)
    } else if name.contains(wanted) {
        Some(1)
    } else {
        distance(wanted, name, reach).map(|distance| 2 + distance)
    }
}

/// The Levenshtein distance, if it is at most `reach`.
fn distance(left: &str, right: &str, reach: usize) -> Option<usize> {
    let right: Vec<char> = right.chars().take(LONGEST_COMPARED + 1).collect();
    let left: Vec<char> = left.chars().take(LONGEST_COMPARED + 1).collect();
    if left.len().max(right.len()) > LONGEST_COMPARED || left.len().abs_diff(right.len()) > reach {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, &letter) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (column, &other) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = substituted.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().filter(|&distance| distance <= reach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_prefixes_then_substrings_then_near_names() {
        let known = ["getUser", "getUsers", "updateUser", "User", "getUse"];
        assert_eq!(closest("getUsr", known), ["getUser", "getUse", "getUsers"]);
        assert_eq!(closest("user", known), ["User", "getUser", "getUsers"]);
        assert!(closest("zzz", known).is_empty());
        assert!(closest("", known).is_empty());
    }

    #[test]
    fn hints_read_as_a_question_or_a_list() {
        let known = ["refund-order", "refund-orders"];
        assert_eq!(hint("refund-ordr", known).unwrap(), "Did you mean `refund-order` or `refund-orders`?");
        assert_eq!(hint("xyz", ["a"]).unwrap(), "Known names: a");
        assert_eq!(hint("xyz", []), None);
    }
}
