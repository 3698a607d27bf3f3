//! Rules that span fields. Collects every finding; never stops at the first.
