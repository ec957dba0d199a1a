//! How good a password is, and whether it will do.
//!
//! Follows NIST SP 800-63B-4, 3.1.1.2: length, no expected values, no rules of composition. It never changes or
//! keeps what it judges. Start at [`PasswordPolicy::check`].

use zeroize::Zeroizing;

use super::Password;
use crate::random::Random;
use crate::secret::Secret;

/// Characters that zxcvbn sees at most; its cost grows faster than the length.
const JUDGED: usize = 100;
/// Characters that zxcvbn sees at once. Beyond twenty parts its arithmetic overflows (20! is the last factorial
/// in 64 bits), which is a panic in debug builds and a wrong verdict in others.
const WINDOW: usize = 20;
/// Context words taken into account, and the longest one.
const MAX_WORDS: usize = 32;
/// A context word shorter than this appears in good passwords by chance.
const MIN_WORD: usize = 4;
/// Code points that must be left when every expected word is taken out.
const MIN_REST: usize = 8;
/// Words and rows of keys that attackers try first, in the folded spelling of [`fold`].
const EXPECTED: [&str; 22] = [
    "password",
    "passwort",
    "contrasena",
    "senha",
    "passphrase",
    "secret",
    "changeme",
    "letmein",
    "welcome",
    "login",
    "admin",
    "administrator",
    "roster",
    "iloveyou",
    "trustno",
    "qwertyuiop",
    "qwerty",
    "azerty",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "abcdef",
];

/// Letters of generated passwords: no vowels that make words, nothing that looks like something else.
const ALPHABET: &[u8; 32] = b"bcdfghjkmnpqrstvwxyz23456789BCDF";
/// Letters in a group of a generated password.
const GROUP: usize = 5;
/// Groups in a generated password: 20 letters of 5 bits, 100 bits.
const GROUPS: usize = 4;

/// What an organisation asks of a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// Fewest code points. 15 where the password may be the only factor (NIST SP 800-63B-4).
    pub min_length: usize,
    /// Lowest zxcvbn score, 0 to 4.
    pub min_score: u8,
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            min_length: 15,
            min_score: 3,
        }
    }
}

/// How strong a password is, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Score 0: among the first guesses.
    VeryWeak,
    /// Score 1: falls to a throttled attack on line.
    Weak,
    /// Score 2: falls to an unthrottled attack on line.
    Fair,
    /// Score 3: holds a moderate attack on the hashes.
    Good,
    /// Score 4: holds a strong attack on the hashes.
    Strong,
}

/// Why a password won't do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Fewer code points than the policy asks for.
    #[error("is too short; use at least {min} characters")]
    TooShort {
        /// How many are asked for.
        min: usize,
    },
    /// An expected word or pattern with little besides.
    #[error("is one of the passwords tried first, or a disguise of one; use several unrelated words")]
    TooCommon,
    /// Mostly the person's or the organisation's own words.
    #[error("is made of the name, the e-mail address or the organisation; use words that have nothing to do with them")]
    ContainsContext,
    /// Reached by guessing too soon, for whatever reason.
    #[error("is too easy to guess; use several unrelated words")]
    TooGuessable,
}

/// The verdict on one password.
#[derive(Clone, Debug, PartialEq)]
pub struct PasswordReport {
    /// The zxcvbn score, 0 to 4.
    pub score: u8,
    /// The same in words.
    pub strength: Strength,
    /// What must change; empty when the password will do.
    pub faults: Vec<PasswordFault>,
    /// The power of ten of the guesses it should withstand.
    pub guesses_log10: f64,
}

impl PasswordReport {
    /// Whether the password will do.
    pub fn accepted(&self) -> bool {
        self.faults.is_empty()
    }
}

impl PasswordPolicy {
    /// The same for those who must have so many code points, if that is more.
    #[must_use]
    pub fn at_least(self, asked: Option<u32>) -> Self {
        let asked = asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or_default();
        Self {
            min_length: self.min_length.max(asked),
            ..self
        }
    }

    /// Judges a password. `context` is what an attacker knows already: name, e-mail address, organisation.
    ///
    /// It takes about half a millisecond of processor time whatever the length.
    pub fn check(&self, password: &Password, context: &[&str]) -> PasswordReport {
        let words = context_words(context);
        let inputs: Vec<&str> = words.iter().map(String::as_str).collect();
        let (score, guesses_log10) = judge(password.expose(), &inputs);

        let mut faults = Vec::new();
        if password.length() < self.min_length {
            faults.push(PasswordFault::TooShort { min: self.min_length });
        }
        let folded = Zeroizing::new(fold(password.expose()));
        if made_of(&folded, &EXPECTED) || repeats(&folded) {
            faults.push(PasswordFault::TooCommon);
        }
        if made_of(&folded, &inputs) {
            faults.push(PasswordFault::ContainsContext);
        }
        // A short password is weak as well: one fault says what to do.
        if faults.is_empty() && score < self.min_score {
            faults.push(PasswordFault::TooGuessable);
        }
        PasswordReport {
            score,
            strength: strength(score),
            faults,
            guesses_log10,
        }
    }

    /// Makes a password of at least 100 random bits, in groups that can be read out, that passes this policy.
    pub fn generate(&self, random: &dyn Random) -> Secret {
        loop {
            let text = candidate(self.min_length, random);
            // All but one in millions pass at once; a policy that none can pass (a score beyond 4) must not hang us.
            let passes = Password::new(&text).is_ok_and(|password| self.check(&password, &[]).accepted());
            if passes || self.min_score > 4 || self.min_length > super::MAX_LENGTH {
                return Secret::new(text);
            }
        }
    }
}

/// The score and the power of ten of the guesses: those of the strongest window, for the whole is no weaker.
fn judge(text: &str, inputs: &[&str]) -> (u8, f64) {
    let judged: Zeroizing<Vec<char>> = Zeroizing::new(text.chars().take(JUDGED).collect());
    judged
        .chunks(WINDOW)
        .fold((0, 0.0), |(score, guesses): (u8, f64), window| {
            let window: Zeroizing<String> = Zeroizing::new(window.iter().collect());
            let entropy = zxcvbn::zxcvbn(&window, inputs);
            (
                score.max(u8::from(entropy.score())),
                guesses.max(entropy.guesses_log10()),
            )
        })
}

fn strength(score: u8) -> Strength {
    match score {
        0 => Strength::VeryWeak,
        1 => Strength::Weak,
        2 => Strength::Fair,
        3 => Strength::Good,
        _ => Strength::Strong,
    }
}

fn candidate(min_length: usize, random: &dyn Random) -> String {
    let mut text = String::with_capacity(64);
    let mut groups = 0;
    while groups < GROUPS || text.len() < min_length.min(super::MAX_LENGTH) {
        let mut bytes = Zeroizing::new([0; GROUP]);
        random.fill(bytes.as_mut_slice());
        if groups > 0 {
            text.push('-');
        }
        // 32 divides 256, so the remainder favours no letter.
        text.extend(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])));
        groups += 1;
    }
    text
}

/// The words of the context, whole and in parts, folded; longest first, so that parts don't hide wholes.
fn context_words(context: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = context
        .iter()
        .flat_map(|text| std::iter::once(*text).chain(text.split(|c: char| !c.is_alphanumeric())))
        .map(|word| fold(&word.chars().take(JUDGED).collect::<String>()))
        .filter(|word| word.chars().count() >= MIN_WORD)
        .collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    words.truncate(MAX_WORDS);
    words
}

/// Lower case, the usual disguises undone, everything but letters and digits left out.
fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            '0' => Some('o'),
            '1' | '!' | '|' => Some('i'),
            '3' | '€' => Some('e'),
            '4' | '@' => Some('a'),
            '5' | '$' => Some('s'),
            '7' | '+' => Some('t'),
            c if c.is_alphanumeric() => Some(c),
            _ => None,
        })
        .collect()
}

/// Whether some of the words occur, and less than [`MIN_REST`] code points are left without them.
///
/// The whole password is compared, not its first hundred characters.
fn made_of(folded: &str, words: &[&str]) -> bool {
    let mut rest = Zeroizing::new(folded.to_owned());
    let mut found = false;
    for word in words.iter().filter(|word| rest_has(folded, word)) {
        found = true;
        *rest = rest.replace(*word, "");
    }
    found && rest.chars().count() < MIN_REST
}

fn rest_has(folded: &str, word: &str) -> bool {
    !word.is_empty() && folded.contains(word)
}

/// Whether the whole is a short piece over and over: fewer than [`MIN_REST`] code points, at least three times.
fn repeats(folded: &str) -> bool {
    let letters: Zeroizing<Vec<char>> = Zeroizing::new(folded.chars().collect());
    (1..MIN_REST).any(|period| {
        letters.len() >= 3 * period && letters.iter().zip(letters.iter().skip(period)).all(|(a, b)| a == b)
    })
}

#[cfg(test)]
mod tests;
