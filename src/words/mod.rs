//! What Roster says to people, in English, Brazilian Portuguese and Spanish: error texts and mails.
//!
//! The texts are Fluent files beside this module, compiled in. They hold no rule and no secret; a program decides by
//! the reason of an error, never by its text. Start at [`Words::say`].

use std::fmt;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::domain::name::Locale;

/// One language's files: its BCP 47 tag, the error texts, the mail texts.
struct Source {
    tag: &'static str,
    errors: &'static str,
    mail: &'static str,
}

const ENGLISH: Source = Source {
    tag: "en",
    errors: include_str!("en/errors.ftl"),
    mail: include_str!("en/mail.ftl"),
};
const PORTUGUESE: Source = Source {
    tag: "pt-BR",
    errors: include_str!("pt-BR/errors.ftl"),
    mail: include_str!("pt-BR/mail.ftl"),
};
const SPANISH: Source = Source {
    tag: "es",
    errors: include_str!("es/errors.ftl"),
    mail: include_str!("es/mail.ftl"),
};

/// A file of texts can't be used: the build is broken, and the server must not start with it.
#[derive(Debug, thiserror::Error)]
#[error("the texts {file} can't be used: {cause}")]
pub struct WordsError {
    file: String,
    cause: String,
}

/// All texts of all languages, read once at the start and shared.
pub struct Words {
    en: FluentBundle<FluentResource>,
    pt_br: FluentBundle<FluentResource>,
    es: FluentBundle<FluentResource>,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Words(en, pt-BR, es)")
    }
}

/// The id of a reason's words: `REASON_SEATS_EXHAUSTED` is `seats-exhausted`.
pub fn id_of(reason: &str) -> String {
    reason
        .trim_start_matches("REASON_")
        .to_ascii_lowercase()
        .replace('_', "-")
}

impl Words {
    /// Reads every text of every language.
    ///
    /// # Errors
    /// A file that doesn't parse, or says the same id twice; the error names the file and the place.
    pub fn load() -> Result<Words, WordsError> {
        Ok(Words {
            en: bundle(&ENGLISH)?,
            pt_br: bundle(&PORTUGUESE)?,
            es: bundle(&SPANISH)?,
        })
    }

    /// The text `id` in the language `locale`, with `args` in the place of its variables; `None` if there is no such
    /// id. A whole number of up to nine digits chooses its plural form and is shown as it came.
    pub fn say(&self, locale: Locale, id: &str, args: &[(&str, &str)]) -> Option<String> {
        let bundle = self.bundle(locale);
        let pattern = bundle.get_message(id)?.value()?;
        let args: FluentArgs<'_> = args.iter().map(|(name, text)| (*name, chosen(name, text))).collect();
        // A variable that was not given is shown by its name. The tests hold the languages to the same variables.
        let mut faults = Vec::new();
        Some(bundle.format_pattern(pattern, Some(&args), &mut faults).into_owned())
    }

    /// The language that fits an `Accept-Language` value best (RFC 9110, section 12.5.4): the one of highest quality
    /// that there is, the first of equals; English if there is none or the value is absent (empty).
    pub fn negotiate(accept_language: &str) -> Locale {
        let mut best = (Locale::default(), 0);
        for range in accept_language.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let wanted = parts.next().and_then(|range| range.parse().ok());
            let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
            let quality = quality.map_or(1000, thousandths);
            if let Some(locale) = wanted
                && quality > best.1
            {
                best = (locale, quality);
            }
        }
        best.0
    }

    fn bundle(&self, locale: Locale) -> &FluentBundle<FluentResource> {
        match locale {
            Locale::En => &self.en,
            Locale::PtBr => &self.pt_br,
            Locale::Es => &self.es,
        }
    }
}

fn bundle(source: &Source) -> Result<FluentBundle<FluentResource>, WordsError> {
    let fault = |file: &str, cause: String| WordsError {
        file: format!("{}/{file}", source.tag),
        cause,
    };
    let tag: LanguageIdentifier = source.tag.parse().map_err(|e| fault("", format!("{e}")))?;
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks that isolate a variable's direction would end up in subjects, codes and log lines.
    bundle.set_use_isolating(false);
    for (file, text) in [("errors.ftl", source.errors), ("mail.ftl", source.mail)] {
        let resource =
            FluentResource::try_new(text.to_owned()).map_err(|(_, faults)| fault(file, format!("{faults:?}")))?;
        bundle
            .add_resource(resource)
            .map_err(|faults| fault(file, format!("{faults:?}")))?;
    }
    Ok(bundle)
}

/// States and events are in capitals in the contract and in small letters in the texts, which choose by them. So do they by
/// a list that is empty, for which they need a word.
fn chosen<'t>(name: &str, text: &'t str) -> FluentValue<'t> {
    match name {
        "state" | "event" => FluentValue::from(text.to_ascii_lowercase()),
        "roles" | "holders" | "groups" | "allowed" if text.is_empty() => FluentValue::from("none_at_all"),
        _ => value(text),
    }
}

/// A count becomes a number, so that it can choose a plural form; everything else stays a string. Up to nine digits
/// without a leading zero read the same as a number and as text, so no code or id is ever changed by this.
fn value(text: &str) -> FluentValue<'_> {
    let counts = (1..=9).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    match text.parse::<u32>() {
        Ok(number) if counts => FluentValue::from(number),
        _ => FluentValue::from(text),
    }
}

/// A quality value (`0`, `0.8`, `1.000`) in thousandths; 0, which means "not acceptable", if it is none.
fn thousandths(quality: &str) -> u16 {
    match quality.trim().parse::<f32>() {
        Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() as u16,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
