//! Ranked search over skills (BM25 over an inverted index). Never sees skills hidden from discovery.
//!
//! Built once per snapshot: the score that a term adds to a skill is known then, so a query only sums.

use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use super::tokens::{Term, Tokenizer, words};

/// How fast repeats of a term stop to matter (BM25 `k1`).
const SATURATION: f32 = 1.2;
/// How much long texts are discounted (BM25 `b`).
const LENGTH_DISCOUNT: f32 = 0.6;
/// What a synonym is worth beside the word itself.
const SYNONYM_WEIGHT: f32 = 0.6;
/// What a word that no skill knows counts in the normalisation, beside a word in one skill.
const UNKNOWN_WEIGHT: f32 = 0.2;

/// The texts of one skill, by how much they say about it.
#[derive(Debug, Clone, Default)]
pub struct Entry<'a> {
    /// The skill's name.
    pub name: &'a str,
    /// Its description.
    pub description: &'a str,
    /// Its tags.
    pub tags: &'a [String],
    /// Names, summaries and paths of the operations it grants.
    pub operations: Vec<&'a str>,
}

/// The inverted index. Entries are numbered in the order given.
#[derive(Debug)]
pub struct Index {
    tokenizer: Tokenizer,
    terms: Terms<u32>,
    /// The term number of each synonym group, if any skill uses a word of it.
    groups: Vec<Option<u32>>,
    /// `postings[starts[t]..starts[t + 1]]` belong to term `t`, in order of entry.
    starts: Vec<u32>,
    postings: Vec<Posting>,
    /// The highest score each term can add.
    ceilings: Vec<f32>,
    unknown_ceiling: f32,
    entries: usize,
}

/// What one term adds to one entry's score.
#[derive(Debug, Clone, Copy)]
struct Posting {
    entry: u32,
    score: f32,
}

/// One entry found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The entry's number.
    pub entry: u32,
    /// 0 to 1: how much of the best conceivable match for the query this is.
    pub relevance: f32,
    /// Bit `n` is set when query `n` alone reaches the least relevance.
    pub matched: u16,
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Best first; equal ones in entry order.
    pub hits: Vec<Hit>,
    /// Entries that match a little, but below the least relevance.
    pub below: usize,
}

/// What to look for.
#[derive(Debug, Clone)]
pub struct Search<'a> {
    /// At most 16 queries; an entry counts with its best.
    pub queries: &'a [&'a str],
    /// How many hits at most.
    pub top: usize,
    /// Hits less relevant than this are left out.
    pub least: f32,
}

impl Index {
    /// Builds the index. Linear in the length of all texts.
    pub fn build<'a>(entries: impl IntoIterator<Item = Entry<'a>>) -> Self {
        let mut builder = Builder::default();
        for entry in entries {
            builder.add(&entry);
        }
        builder.finish()
    }

    /// Finds the best entries among those that `wanted` accepts.
    pub fn search(&self, search: &Search<'_>, wanted: impl Fn(u32) -> bool) -> Found {
        let mut best = vec![(0f32, 0u16); self.entries];
        let mut scores = vec![0f32; self.entries];
        let mut touched: Vec<u32> = Vec::new();
        for (number, query) in search.queries.iter().take(16).enumerate() {
            let ceiling = self.accumulate(query, &mut scores, &mut touched);
            for entry in touched.drain(..) {
                let score = std::mem::take(&mut scores[entry as usize]);
                let relevance = (score / ceiling).min(1.0);
                let (known, matched) = &mut best[entry as usize];
                *known = known.max(relevance);
                if relevance >= search.least {
                    *matched |= 1 << number;
                }
            }
        }
        select(&best, search, wanted)
    }

    /// Adds the query's scores; returns the score of a perfect match.
    fn accumulate(&self, query: &str, scores: &mut [f32], touched: &mut Vec<u32>) -> f32 {
        let mut ceiling = 0f32;
        self.tokenizer.terms(query, |term| {
            let (number, weight) = match term {
                Term::Word(word) => (self.terms.get(word).copied(), 1.0),
                Term::Group(group) => (self.groups[usize::from(group)], SYNONYM_WEIGHT),
            };
            let Some(number) = number else {
                if matches!(term, Term::Word(_)) {
                    ceiling += self.unknown_ceiling;
                }
                return;
            };
            ceiling += weight * self.ceilings[number as usize];
            for posting in &self.postings[self.range(number)] {
                let score = &mut scores[posting.entry as usize];
                if *score == 0.0 {
                    touched.push(posting.entry);
                }
                *score += weight * posting.score;
            }
        });
        ceiling.max(f32::MIN_POSITIVE)
    }

    fn range(&self, term: u32) -> std::ops::Range<usize> {
        self.starts[term as usize] as usize..self.starts[term as usize + 1] as usize
    }
}

/// The best of the wanted entries, by a heap of the size asked for.
fn select(best: &[(f32, u16)], search: &Search<'_>, wanted: impl Fn(u32) -> bool) -> Found {
    let mut found = Found::default();
    let mut heap = BinaryHeap::with_capacity(search.top + 1);
    for (entry, &(relevance, matched)) in (0u32..).zip(best) {
        let ranked = Ranked(Hit { entry, relevance, matched });
        let hopeless =
            matched != 0 && heap.len() == search.top && heap.peek().is_some_and(|worst| ranked >= *worst);
        // `wanted` costs most, so it is asked last.
        if relevance <= 0.0 || hopeless || !wanted(entry) {
            continue;
        }
        if matched == 0 {
            found.below += 1;
            continue;
        }
        heap.push(ranked);
        if heap.len() > search.top {
            heap.pop();
        }
    }
    found.hits = heap.into_sorted_vec().into_iter().map(|ranked| ranked.0).collect();
    found
}

/// Orders hits from best to worst, so that a max-heap gives up the worst first.
#[derive(Debug, PartialEq)]
struct Ranked(Hit);

impl Eq for Ranked {}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.relevance.total_cmp(&self.0.relevance).then(self.0.entry.cmp(&other.0.entry))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What is known about words. Keys come from the deployment, so nobody can pile up collisions.
type Terms<T> = HashMap<Box<str>, T, BuildHasherDefault<Fnv>>;

/// The Fowler-Noll-Vo hash (FNV-1a, 64 bits): quick for short words, the same in every process.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Term frequencies while the index is being built.
#[derive(Debug)]
struct Builder {
    tokenizer: Tokenizer,
    terms: Terms<u32>,
    groups: Vec<Option<u32>>,
    /// The lists that a word as written belongs to: its stem's, its synonym group's; none for stop words.
    seen: Terms<[Option<u32>; 2]>,
    /// Per term: entry and weighted frequency.
    lists: Vec<Vec<Posting>>,
    lengths: Vec<f32>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            tokenizer: Tokenizer::new(),
            terms: Terms::default(),
            groups: vec![None; 1 + usize::from(u8::MAX)],
            seen: Terms::default(),
            lists: Vec::new(),
            lengths: Vec::new(),
        }
    }
}

impl Builder {
    fn add(&mut self, entry: &Entry<'_>) {
        let number = u32::try_from(self.lengths.len()).expect("fewer than four billion skills");
        self.lengths.push(0.0);
        self.text(number, entry.name, 4.0);
        self.text(number, entry.description, 1.5);
        for tag in entry.tags {
            self.text(number, tag, 2.0);
        }
        for text in &entry.operations {
            self.text(number, text, 0.6);
        }
    }

    fn text(&mut self, entry: u32, text: &str, weight: f32) {
        words(text, |word| {
            let lists = match self.seen.get(word.as_str()) {
                Some(lists) => *lists,
                None => self.learn(word),
            };
            for number in lists.into_iter().flatten() {
                let list = &mut self.lists[number as usize];
                match list.last_mut().filter(|posting| posting.entry == entry) {
                    Some(posting) => posting.score += weight,
                    None => list.push(Posting { entry, score: weight }),
                }
                self.lengths[entry as usize] += weight;
            }
        });
    }

    /// The lists of a word met for the first time.
    fn learn(&mut self, word: &mut String) -> [Option<u32>; 2] {
        let written: Box<str> = word.as_str().into();
        let lists = match self.tokenizer.classify(word) {
            None => [None, None],
            Some(group) => {
                let stem = match self.terms.get(word.as_str()) {
                    Some(&number) => number,
                    None => *self.terms.entry(word.as_str().into()).or_insert(new_list(&mut self.lists)),
                };
                let group = group.map(|group| {
                    *self.groups[usize::from(group)].get_or_insert_with(|| new_list(&mut self.lists))
                });
                [Some(stem), group]
            }
        };
        self.seen.insert(written, lists);
        lists
    }

    fn finish(self) -> Index {
        let entries = self.lengths.len();
        let total = entries as f32;
        let average = (self.lengths.iter().sum::<f32>() / total.max(1.0)).max(f32::MIN_POSITIVE);
        // The constant keeps words that most skills share from vanishing in small catalogs.
        let rarity = |known: usize| 0.25 + (1.0 + (total - known as f32 + 0.5) / (known as f32 + 0.5)).ln();
        let mut index = Index {
            tokenizer: self.tokenizer,
            terms: self.terms,
            groups: self.groups,
            starts: vec![0],
            postings: Vec::with_capacity(self.lists.iter().map(Vec::len).sum()),
            ceilings: Vec::with_capacity(self.lists.len()),
            unknown_ceiling: UNKNOWN_WEIGHT * rarity(1) * (SATURATION + 1.0),
            entries,
        };
        for list in &self.lists {
            let idf = rarity(list.len());
            index.ceilings.push(idf * (SATURATION + 1.0));
            index.postings.extend(list.iter().map(|posting| {
                let discount =
                    1.0 - LENGTH_DISCOUNT + LENGTH_DISCOUNT * self.lengths[posting.entry as usize] / average;
                let frequency = posting.score;
                let score = idf * frequency * (SATURATION + 1.0) / (frequency + SATURATION * discount);
                Posting { entry: posting.entry, score }
            }));
            index.starts.push(u32::try_from(index.postings.len()).expect("fewer than four billion postings"));
        }
        index
    }
}

fn new_list(lists: &mut Vec<Vec<Posting>>) -> u32 {
    lists.push(Vec::new());
    u32::try_from(lists.len() - 1).expect("fewer than four billion terms")
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
