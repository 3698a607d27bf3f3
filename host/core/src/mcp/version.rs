//! The closed set of protocol versions, and what each of them has. Never compares versions as text.

/// A protocol version this server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 2024-11-05
    V2024_11_05,
    /// 2025-03-26
    V2025_03_26,
    /// 2025-06-18
    V2025_06_18,
    /// 2025-11-25
    V2025_11_25,
    /// 2026-07-28, stateless.
    V2026_07_28,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Self; 5] =
        [Self::V2024_11_05, Self::V2025_03_26, Self::V2025_06_18, Self::V2025_11_25, Self::V2026_07_28];
    /// What `initialize` falls back to.
    pub const NEWEST_LEGACY: Self = Self::V2025_11_25;
    /// What a legacy HTTP request without a version header speaks.
    pub const ASSUMED: Self = Self::V2025_03_26;
    /// What stateless requests may claim: `server/discover` and `-32022` list exactly these.
    pub const MODERN: [Self; 1] = [Self::V2026_07_28];

    /// The version of exactly this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == text)
    }

    /// The version's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// Whether it is stateless, with per-request `_meta`.
    pub fn is_modern(self) -> bool {
        self >= Self::V2026_07_28
    }

    /// The version to answer an `initialize` with.
    pub fn negotiate(requested: &str) -> Self {
        Self::parse(requested).filter(|version| !version.is_modern()).unwrap_or(Self::NEWEST_LEGACY)
    }

    /// Whether a stream may begin with an event that only has an id.
    pub fn has_priming_events(self) -> bool {
        self == Self::V2025_11_25
    }

    /// Whether arrays of messages exist.
    pub fn has_batches(self) -> bool {
        self == Self::V2025_03_26
    }

    /// Whether tools have annotations and servers a `completions` capability.
    pub fn has_annotations(self) -> bool {
        self >= Self::V2025_03_26
    }

    /// Whether there are `structuredContent` and `title`.
    pub fn has_structured_content(self) -> bool {
        self >= Self::V2025_06_18
    }
}
