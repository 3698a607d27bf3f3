//! Text → search terms: words, camel-case parts, light English stems, synonym groups. Allocates one buffer.

/// Words that carry no meaning in a query.
const STOP_WORDS: &[&str] = &[
    "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "by", "can", "do", "does", "for",
    "from", "how", "i", "if", "in", "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "please",
    "should", "so", "some", "than", "that", "the", "their", "them", "then", "there", "these", "this", "to",
    "use", "want", "we", "what", "when", "where", "which", "who", "why", "will", "with", "would", "you",
    "your",
];

/// Words that mean much the same in the language of APIs. Stemmed before comparison.
const SYNONYMS: &[&[&str]] = &[
    &["create", "add", "new", "make", "insert", "register"],
    &["read", "get", "fetch", "show", "view", "retrieve", "load"],
    &["update", "edit", "modify", "change", "set", "patch", "adjust"],
    &["delete", "remove", "erase", "destroy", "drop"],
    &["find", "search", "query", "locate", "lookup"],
    &["cancel", "abort", "stop", "revoke", "terminate"],
    &["refund", "reimburse", "repay", "chargeback"],
    &["buy", "purchase", "order"],
    &["pay", "payment", "charge", "settle"],
    &["invoice", "bill"],
    &["customer", "client", "buyer", "shopper"],
    &["user", "account", "member", "person"],
    &["send", "deliver", "dispatch", "ship", "shipment", "delivery"],
    &["message", "email", "mail", "notify", "notification"],
    &["file", "document", "attachment", "upload"],
    &["report", "summary", "statistic", "analytics"],
    &["issue", "bug", "ticket"],
    &["repository", "repo"],
    &["organisation", "organization", "org", "company"],
    &["approve", "accept", "confirm"],
    &["deny", "reject", "decline", "refuse"],
    &["schedule", "plan", "book"],
    &["authenticate", "login", "signin"],
    &["enable", "activate", "start"],
    &["disable", "deactivate", "suspend"],
    &["copy", "clone", "duplicate"],
    &["config", "configuration", "settings", "preference"],
];

/// A term as the index stores it: a stemmed word, or the synonym group a word belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Term<'a> {
    Word(&'a str),
    Group(u8),
}

/// Turns texts into terms. Built once, since stemming the synonym table takes a while.
#[derive(Debug)]
pub(super) struct Tokenizer {
    /// Stemmed synonym → group, sorted.
    groups: Vec<(String, u8)>,
}

impl Tokenizer {
    pub(super) fn new() -> Self {
        let mut groups = Vec::new();
        for (group, words) in (0u8..).zip(SYNONYMS) {
            groups.extend(words.iter().map(|word| {
                let mut stemmed = (*word).to_owned();
                stem(&mut stemmed);
                (stemmed, group)
            }));
        }
        groups.sort_unstable();
        groups.dedup_by(|later, earlier| later.0 == earlier.0);
        Self { groups }
    }

    /// Calls `take` with each term of `text`: the word itself, then its synonym group if it has one.
    /// Stop words are left out.
    pub(super) fn terms(&self, text: &str, mut take: impl FnMut(Term<'_>)) {
        words(text, |word| {
            if let Some(group) = self.classify(word) {
                take(Term::Word(word));
                if let Some(group) = group {
                    take(Term::Group(group));
                }
            }
        });
    }

    /// Turns a word into its stem and names its synonym group; `None` for a stop word.
    pub(super) fn classify(&self, word: &mut String) -> Option<Option<u8>> {
        if STOP_WORDS.binary_search(&word.as_str()).is_ok() {
            return None;
        }
        stem(word);
        let found = self.groups.binary_search_by(|(known, _)| known.as_str().cmp(word));
        Some(found.ok().map(|at| self.groups[at].1))
    }
}

/// Splits text into lower-case words: at anything that is no letter or digit, between `a` and `B`, before
/// the last capital of `HTTPServer`, and around each ideograph.
pub(super) fn words(text: &str, mut take: impl FnMut(&mut String)) {
    let mut word = String::new();
    let mut flush = |word: &mut String| {
        if !word.is_empty() {
            take(word);
            word.clear();
        }
    };
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if !letter.is_alphanumeric() {
            flush(&mut word);
        } else {
            let next_is_lower = letters.peek().is_some_and(|next| next.is_lowercase());
            let hump =
                letter.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_lower));
            if hump || is_ideograph(letter) || is_ideograph(before) {
                flush(&mut word);
            }
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    flush(&mut word);
}

/// Scripts written without spaces; each character is a word.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Reduces an English word to a stem shared by its plural and verb forms. Consistency matters, not beauty.
fn stem(word: &mut String) {
    if !word.is_ascii() || word.len() < 3 {
        return;
    }
    if word.len() > 4 && word.ends_with("ies") {
        replace_end(word, 3, "y");
    } else if ["sses", "shes", "ches", "xes"].iter().any(|end| word.ends_with(end)) {
        replace_end(word, 2, "");
    } else if word.len() > 3
        && word.ends_with('s')
        && !["ss", "us", "is"].iter().any(|end| word.ends_with(end))
    {
        replace_end(word, 1, "");
    }
    for ending in ["ing", "ed"] {
        let stays = word.len().saturating_sub(ending.len());
        if stays >= 3 && word.ends_with(ending) && word[..stays].contains(['a', 'e', 'i', 'o', 'u', 'y']) {
            replace_end(word, ending.len(), "");
            break;
        }
    }
    if word.len() > 4 && word.ends_with('e') {
        replace_end(word, 1, "");
    }
    let bytes = word.as_bytes();
    if let [.., before, last] = bytes
        && before == last
        && last.is_ascii_alphabetic()
        && !b"saeiou".contains(last)
    {
        replace_end(word, 1, "");
    }
}

fn replace_end(word: &mut String, cut: usize, end: &str) {
    word.truncate(word.len() - cut);
    word.push_str(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        Tokenizer::new().terms(text, |term| {
            if let Term::Word(word) = term {
                found.push(word.to_owned());
            }
        });
        found
    }

    #[test]
    fn identifiers_paths_and_kebab_names_fall_into_words() {
        assert_eq!(
            all("getOrder list-for-repo /orders/{orderId} HTTPServer2"),
            ["get", "order", "list", "repo", "order", "order", "id", "http", "server2"]
        );
        assert_eq!(all("Größe 注文を"), ["größe", "注", "文", "を"]);
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for forms in [
            &["refund", "refunds", "refunded", "refunding"][..],
            &["ship", "ships", "shipped", "shipping"],
            &["update", "updates", "updated", "updating"],
            &["cancel", "cancels", "cancelled", "cancelling", "canceled"],
            &["query", "queries"],
            &["box", "boxes"],
            &["bill", "bills", "billing", "billed"],
        ] {
            let stems: std::collections::BTreeSet<_> = forms.iter().map(|form| all(form)).collect();
            assert_eq!(stems.len(), 1, "{forms:?} → {stems:?}");
        }
    }

    #[test]
    fn synonyms_share_a_group() {
        let group = |word: &str| {
            let mut found = None;
            Tokenizer::new().terms(word, |term| {
                if let Term::Group(group) = term {
                    found = Some(group);
                }
            });
            found
        };
        assert_eq!(group("removing"), group("deletes"));
        assert!(group("refund").is_some());
        assert_ne!(group("refund"), group("delete"));
        assert_eq!(group("zebra"), None);
    }

    #[test]
    fn stop_words_are_sorted_and_left_out() {
        assert!(STOP_WORDS.is_sorted());
        assert!(all("how do I use it").is_empty());
    }
}
