//! What a caller may say about a page of a list: how many rows, in which order. Page tokens are no business of this
//! module: they carry a signature and belong to `seal`.

/// Rows of a page: 1 to 1,000, 50 if nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageSize(u16);

/// A negative page size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must not be negative: use 1 to 1000, or 0 for 50")]
pub struct PageSizeError;

impl PageSize {
    /// What 0 means.
    pub const DEFAULT: Self = Self(50);
    /// What more is cut to.
    pub const MAX: Self = Self(1000);

    /// Rows.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.into()
    }

    /// Rows, for slices.
    #[must_use]
    pub fn rows(self) -> usize {
        self.0.into()
    }
}

impl Default for PageSize {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<i32> for PageSize {
    type Error = PageSizeError;

    fn try_from(size: i32) -> Result<Self, PageSizeError> {
        match u16::try_from(size) {
            Ok(0) => Ok(Self::DEFAULT),
            Ok(size) => Ok(Self(size).min(Self::MAX)),
            Err(_) if size < 0 => Err(PageSizeError),
            Err(_) => Ok(Self::MAX),
        }
    }
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The smallest first.
    #[default]
    Ascending,
    /// The largest first.
    Descending,
}

/// The order of a list: one field, one direction. The id breaks ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// One of the allowed fields.
    pub field: &'static str,
    /// Ascending unless `desc` was said.
    pub direction: Direction,
}

/// The text is no order of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no order of this list: use one of {}, with or without \" desc\"", .allowed.join(", "))]
pub struct OrderByError {
    /// The fields that would do.
    pub allowed: &'static [&'static str],
}

impl OrderBy {
    /// Reads an order as in AIP-132, of one field: `display_name`, `display_name asc`, `display_name desc`. An empty
    /// text is the first allowed field, ascending.
    ///
    /// # Errors
    /// The field isn't allowed, or the text has another form.
    pub fn parse(text: &str, allowed: &'static [&'static str]) -> Result<Self, OrderByError> {
        let mut words = text.split_ascii_whitespace();
        let field = match words.next() {
            Some(word) => allowed.iter().find(|field| **field == word),
            None => allowed.first(),
        };
        let direction = match (words.next(), words.next()) {
            (None | Some("asc"), None) => Some(Direction::Ascending),
            (Some("desc"), None) => Some(Direction::Descending),
            _ => None,
        };
        match (field, direction) {
            (Some(field), Some(direction)) => Ok(Self { field, direction }),
            _ => Err(OrderByError { allowed }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn page_sizes_are_defaulted_cut_or_refused() {
        for (said, rows) in [
            (0, 50),
            (1, 1),
            (50, 50),
            (999, 999),
            (1000, 1000),
            (1001, 1000),
            (65_536, 1000),
            (i32::MAX, 1000),
        ] {
            assert_eq!(PageSize::try_from(said).unwrap().get(), rows);
        }
        for said in [-1, i32::MIN] {
            assert_eq!(PageSize::try_from(said), Err(PageSizeError));
        }
        assert_eq!(PageSize::default().get(), 50);
    }

    #[test]
    fn orders_are_one_allowed_field_and_a_direction() {
        const ALLOWED: &[&str] = &["display_name", "create_time"];
        let order = |text| OrderBy::parse(text, ALLOWED).map(|order| (order.field, order.direction));
        assert_eq!(order(""), Ok(("display_name", Direction::Ascending)));
        assert_eq!(order(" create_time "), Ok(("create_time", Direction::Ascending)));
        assert_eq!(order("display_name asc"), Ok(("display_name", Direction::Ascending)));
        assert_eq!(order("display_name  desc"), Ok(("display_name", Direction::Descending)));
        for text in [
            "name",
            "desc",
            "create_time up",
            "create_time DESC",
            "create_time desc desc",
            "display_name, create_time",
            "1;drop",
        ] {
            assert_eq!(order(text), Err(OrderByError { allowed: ALLOWED }), "{text}");
        }
        let error = OrderBy::parse("x", ALLOWED).unwrap_err().to_string();
        assert_eq!(
            error,
            "is no order of this list: use one of display_name, create_time, with or without \" desc\""
        );
    }
}
