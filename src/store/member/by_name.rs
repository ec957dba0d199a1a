//! A search in the order of names, where a walk along them hasn't filled the page: by the index of grams, which also knows
//! how each name begins.
//!
//! What many have is the hard part. The index finds all of them at once, in no order, and a page is the first few in order.
//! So names are looked at in slices before all are: those that begin as the one does at which the walk gave up, by two letters
//! and, if that gives a good part of the page, by one. Where many have what is searched, the page is full by then. And a
//! first name that many have stands side by side in the order: those are left out of what the index finds, and the next of
//! them are read off the order itself.

use super::Members;
use super::filter::{self, Sql};
use super::page::{After, Place, Query, add};
use crate::domain::gram::{after_all, kept_beginning};
use crate::domain::page::Direction;
use crate::error::Error;
use crate::store::entity::member::Model;
use crate::store::{Repository, dialect};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

/// Names from one on up to another, which isn't one of them.
struct Range {
    from: String,
    until: Option<String>,
}

impl Range {
    /// Of those that begin with each of these.
    fn of<'a>(beginnings: impl Iterator<Item = &'a str>) -> Range {
        let mut range = Range {
            from: String::new(),
            until: None,
        };
        for beginning in beginnings {
            range.from = range.from.max(beginning.to_owned());
            range.until = match (range.until, after_all(beginning)) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        range
    }

    fn is_before(&self, name: &str) -> bool {
        self.until.as_ref().is_some_and(|until| until.as_str() <= name)
    }

    fn is_behind(&self, name: &str) -> bool {
        name < self.from.as_str()
    }

    fn is_empty(&self) -> bool {
        self.is_before(&self.from)
    }
}

impl<M> Repository<'_, Members, M> {
    /// The rest of a page behind the place at which a walk gave up.
    pub(super) async fn by_name(
        &self,
        query: &Query<'_>,
        mut rows: Vec<Model>,
        after: &Place,
    ) -> Result<Vec<Model>, Error> {
        let (engine, limit) = (self.conn.get_database_backend(), query.paging.limit);
        for slice in slices(query.name(after)) {
            let before = rows.len();
            let statement = query.slice(engine, Some(slice), after, limit);
            add(&mut rows, self.models(statement).await?, limit);
            if rows.len() as u64 >= limit {
                return Ok(rows);
            }
            // There can't be many of them anywhere.
            if ((rows.len() - before) as u64) * 4 < limit {
                break;
            }
        }
        let rest = query.slice(engine, None, after, limit);
        add(&mut rows, self.models(rest).await?, limit);
        Ok(rows)
    }
}

/// The beginnings of a name by which the names like it are told from others, the longer one first.
fn slices(name: &str) -> impl Iterator<Item = &str> {
    let mut ends = name.char_indices().map(|(at, letter)| at + letter.len_utf8());
    let (one, two) = (ends.next(), ends.next());
    let slices = [two, one].into_iter().flatten().filter_map(|end| name.get(..end));
    slices.filter(|slice| kept_beginning(slice) == Some(slice))
}

impl Query<'_> {
    fn name<'p>(&self, place: &'p Place) -> &'p str {
        match &place.0 {
            After::Text(name) => name,
            After::Time(_) => "",
        }
    }

    /// Of those whose name begins so, or of all.
    fn slice(&self, engine: DbBackend, slice: Option<&str>, after: &Place, limit: u64) -> Statement {
        let mut sql = Sql::new(engine);
        let known = kept_beginning(&self.filter.search);
        let others = filter::sought(&mut sql, self.organization, self.filter, slice, known);
        let met = filter::conditions(&mut sql, self.organization, self.filter, self.now);
        let between = self.between(&mut sql, Some(after), None);
        let others = format!("SELECT m.* FROM {others} AND {met}{between} {}", dialect::fence(engine));
        let begun = known.and_then(|known| {
            let range = Range::of([known].into_iter().chain(slice));
            let begun = self.within(&mut sql, &range, after)?;
            let (here, hint) = (
                sql.bind(self.organization.uuid()),
                dialect::by_index(engine, self.index()),
            );
            Some(format!(
                "SELECT m.* FROM members m {hint} WHERE m.organization_id = {here} AND {met}{begun} {} LIMIT {limit}",
                self.order()
            ))
        });
        let begun = begun.map(|begun| format!("SELECT * FROM ({begun}) AS begun UNION ALL "));
        sql.statement(&format!(
            "SELECT m.* FROM ({}SELECT * FROM ({others}) AS others) AS m {} LIMIT {limit}",
            begun.unwrap_or_default(),
            self.order()
        ))
    }

    /// The names of a range behind a place, by one bound on each side: of two, an engine may begin at the farther one. None if
    /// there are none.
    fn within(&self, sql: &mut Sql, range: &Range, after: &Place) -> Option<String> {
        let name = self.name(after);
        let (gone, inside) = match self.paging.direction {
            Direction::Ascending => (range.is_before(name), !range.is_behind(name)),
            Direction::Descending => (range.is_behind(name), !range.is_before(name)),
        };
        if gone || range.is_empty() {
            return None;
        }
        let place = inside.then(|| self.between(sql, Some(after), None));
        let from = |sql: &mut Sql| format!(" AND m.name_key >= {}", sql.bind(range.from.clone()));
        let until = |sql: &mut Sql| {
            let until = range.until.clone();
            until.map_or_else(String::new, |until| format!(" AND m.name_key < {}", sql.bind(until)))
        };
        Some(match self.paging.direction {
            Direction::Ascending => place.unwrap_or_else(|| from(sql)) + &until(sql),
            Direction::Descending => from(sql) + &place.unwrap_or_else(|| until(sql)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn a_slice_is_a_part_of_a_word() {
        let all = |name| super::slices(name).collect::<Vec<_>>();
        assert_eq!(all("adriana dias"), ["ad", "a"]);
        assert_eq!(all("東京"), ["東京", "東"]);
        assert_eq!(all("j silva"), ["j"]);
        assert_eq!(all(""), [""; 0]);
    }

    fn range(beginnings: &[&str]) -> Range {
        Range::of(beginnings.iter().copied())
    }

    #[test]
    fn a_range_holds_what_begins_so() {
        let maria = range(&["maria"]);
        assert!(maria.is_behind("mari") && !maria.is_behind("maria"));
        assert!(!maria.is_before("mariazinha") && maria.is_before("marib"));
        assert!(!maria.is_empty());
    }

    #[test]
    fn two_beginnings_hold_together_or_not_at_all() {
        let both = range(&["maria", "ma"]);
        assert_eq!((both.from.as_str(), both.until.as_deref()), ("maria", Some("marib")));
        assert!(range(&["maria", "ad"]).is_empty());
        let last = range(&["\u{10ffff}"]);
        assert!(!last.is_before("\u{10ffff}\u{10ffff}") && !last.is_empty());
    }
}
