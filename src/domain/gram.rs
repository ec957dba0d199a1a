//! Grams: the pairs of neighbouring letters by which a text is found that contains another, whatever its length.
//!
//! The database keeps the grams of every member's searchable text in an index (`store/migration/m0006_search`); here are
//! those that a query asks for. They only narrow the choice: what they find is compared with the query as a whole.
//! Pairs and not threes, so that a search for two letters has an index too.

/// Letters of which some stand in nearly every text. A search for one of them alone needs no index, and has none.
pub const FREQUENT: &str = "aeiorst.@ ";

/// So many grams of a query are asked for, at most. They are spread over the whole of it.
const MOST: usize = 24;

/// The grams that a text must have to contain this one, which is folded and not empty. None: any text might.
#[must_use]
pub fn of_query(folded: &str) -> Vec<String> {
    let letters: Vec<char> = folded.chars().collect();
    if let [letter] = letters[..] {
        return match FREQUENT.contains(letter) {
            true => vec![],
            false => vec![letter.to_string()],
        };
    }
    let mut grams: Vec<String> = letters.windows(2).map(String::from_iter).collect();
    grams.sort_unstable();
    grams.dedup();
    let step = grams.len().div_ceil(MOST).max(1);
    grams.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_letters_each_once() {
        assert_eq!(of_query("banana"), ["an", "ba", "na"]);
        assert_eq!(of_query("r.s"), [".s", "r."]);
        assert_eq!(of_query("東京"), ["東京"]);
    }

    #[test]
    fn a_single_letter_only_if_it_tells_anything() {
        assert_eq!(of_query("%"), ["%"]);
        assert_eq!(of_query("a"), [""; 0]);
    }

    #[test]
    fn a_long_query_asks_for_some() {
        let long: String = (0..200).filter_map(|n| char::from_u32(0x4e00 + n)).collect();
        let grams = of_query(&long);
        assert!((12..=MOST).contains(&grams.len()), "{}", grams.len());
        assert!(grams.iter().all(|gram| long.contains(gram.as_str())));
    }
}
