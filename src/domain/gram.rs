//! Grams: the threes of neighbouring letters by which a text is found that contains another, whatever its length.
//!
//! The database keeps the grams of every member's searchable text in an index (`store/migration/m0013_trigrams`), from each
//! place on: at the end of the text they are shorter. So a query of one or two letters has an index too, the grams that
//! begin with it. Here are those that a query asks for. They only narrow the choice: what they find is compared with the
//! query as a whole.

/// Letters of which some stand in nearly every text. A search for one of them alone needs no index, and has none.
pub const FREQUENT: &str = "aeiorst.@ ";

/// Beside the grams, so many letters of a name's first word are kept, behind [`MARK`].
pub const BEGINNINGS: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];

/// Stands before the beginning of a name, and in no text: names and addresses have no control characters.
pub const MARK: char = '\u{2}';

/// Stands before the organisation where that is kept among the grams, so that no letters of a query begin it.
pub const HERE: char = '\u{3}';

/// So many grams of a query are asked for, at most. They are spread over the whole of it.
const MOST: usize = 24;

/// What is among the grams of each text that contains a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grams {
    /// Nothing that helps.
    Whatever,
    /// One that begins with these one or two letters.
    Beginning(String),
    /// All of these.
    All(Vec<String>),
}

impl Grams {
    /// Those of a query, which is folded and not empty.
    #[must_use]
    pub fn of(folded: &str) -> Grams {
        let letters: Vec<char> = folded.chars().collect();
        match letters[..] {
            [letter] if FREQUENT.contains(letter) => Grams::Whatever,
            [_] | [_, _] => Grams::Beginning(folded.to_owned()),
            _ => Grams::All(threes(&letters)),
        }
    }
}

fn threes(letters: &[char]) -> Vec<String> {
    let mut grams: Vec<String> = letters.windows(3).map(String::from_iter).collect();
    grams.sort_unstable();
    grams.dedup();
    let step = grams.len().div_ceil(MOST).max(1);
    grams.into_iter().step_by(step).collect()
}

/// Which texts are sought in the index of grams.
#[derive(Debug)]
pub struct Sought<'a> {
    /// What is among their grams.
    pub grams: &'a Grams,
    /// Only those of names that begin so, a [`kept_beginning`].
    pub beginning: Option<&'a str>,
    /// But not those of names that begin so, another.
    pub left_out: Option<&'a str>,
}

/// The longest beginning of a folded text of which the index tells whether a name begins with it; none of a text of several
/// words.
#[must_use]
pub fn kept_beginning(folded: &str) -> Option<&str> {
    if folded.contains(' ') {
        return None;
    }
    let ends: Vec<usize> = folded
        .char_indices()
        .map(|(at, letter)| at + letter.len_utf8())
        .collect();
    let longest = BEGINNINGS.into_iter().rfind(|length| *length <= ends.len())?;
    folded.get(..*ends.get(longest - 1)?)
}

/// The text that comes next after all that begin with this one, letter by letter; none if nothing does.
#[must_use]
pub fn after_all(beginning: &str) -> Option<String> {
    let mut letters: Vec<char> = beginning.chars().collect();
    while let Some(last) = letters.pop() {
        // A range of letters leaves out those that aren't any.
        if let Some(next) = (last..=char::MAX).nth(1) {
            letters.push(next);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(grams: &[&str]) -> Grams {
        Grams::All(grams.iter().map(|gram| (*gram).to_owned()).collect())
    }

    #[test]
    fn threes_of_letters_each_once() {
        assert_eq!(Grams::of("banana"), all(&["ana", "ban", "nan"]));
        assert_eq!(Grams::of("r.s"), all(&["r.s"]));
        assert_eq!(Grams::of("東京都"), all(&["東京都"]));
    }

    #[test]
    fn one_or_two_letters_as_the_beginning_of_a_gram_if_they_tell_anything() {
        assert_eq!(Grams::of("va"), Grams::Beginning("va".to_owned()));
        assert_eq!(Grams::of("ae"), Grams::Beginning("ae".to_owned()));
        assert_eq!(Grams::of("%"), Grams::Beginning("%".to_owned()));
        assert_eq!(Grams::of("a"), Grams::Whatever);
    }

    #[test]
    fn a_long_query_asks_for_some() {
        let long: String = (0..200).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        let Grams::All(grams) = Grams::of(&long) else {
            panic!("a long query has grams")
        };
        assert!((12..=MOST).contains(&grams.len()), "{}", grams.len());
        assert!(grams.iter().all(|gram| long.contains(gram.as_str())));
    }

    #[test]
    fn the_beginning_is_known_within_a_word() {
        assert_eq!(kept_beginning("maria"), Some("maria"));
        assert_eq!(kept_beginning("mariana"), Some("marian"));
        assert_eq!(kept_beginning("francisco"), Some("francisc"));
        assert_eq!(kept_beginning("東京"), Some("東京"));
        assert_eq!(kept_beginning("ana s"), None);
        assert_eq!(kept_beginning(""), None);
    }

    #[test]
    fn what_comes_after_all_that_begin_so() {
        assert_eq!(after_all("maria").as_deref(), Some("marib"));
        assert_eq!(after_all("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(after_all("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(after_all("\u{10ffff}"), None);
    }
}
