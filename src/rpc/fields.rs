//! Reads the fields of a message into domain types, and collects everything that is wrong with them.

use crate::error::{Error, Violation};
use std::fmt::Display;
use std::str::FromStr;

/// What was wrong so far.
#[derive(Default)]
pub struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    /// Parses a field that has to be there.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, field: &str, value: &str) -> Option<T> {
        self.take(field, value.parse())
    }

    /// Takes what a check made of a field.
    pub fn take<T, E: Display>(&mut self, field: impl Into<String>, value: Result<T, E>) -> Option<T> {
        value.map_err(|e| self.refuse(field, e.to_string())).ok()
    }

    /// Parses each of a repeated field.
    pub fn each<T: FromStr<Err: Display>>(&mut self, field: &str, values: &[String], most: usize) -> Option<Vec<T>> {
        if values.len() > most {
            self.refuse(
                field,
                format!("has {} entries, at most {most} are allowed", values.len()),
            );
            return None;
        }
        let good: Vec<T> = values
            .iter()
            .enumerate()
            .filter_map(|(i, value)| self.take(format!("{field}[{i}]"), value.parse()))
            .collect();
        (good.len() == values.len()).then_some(good)
    }

    /// Parses a field that may be left out.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, field: &str, value: &str) -> Option<Option<T>> {
        if value.is_empty() {
            Some(None)
        } else {
            self.parse(field, value).map(Some)
        }
    }

    /// Notes that a field can't be accepted.
    pub fn refuse(&mut self, field: impl Into<String>, reason: impl Into<String>) {
        self.violations.push(Violation {
            field: field.into(),
            reason: reason.into(),
        });
    }

    /// Nothing wrong, or all that is.
    pub fn none(self) -> Result<(), Error> {
        if self.violations.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self.violations))
        }
    }

    /// Builds the input. `build` gives none where a field's own check did.
    pub fn build<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, Error> {
        match build() {
            Some(built) if self.violations.is_empty() => Ok(built),
            _ => Err(Error::Invalid(self.violations)),
        }
    }
}

/// Which fields an update means: those of the mask, or, without one, those that are set. What a mask names and the message
/// leaves empty is set to empty, which the field's own check then judges.
pub struct Mask<'a> {
    paths: Option<&'a [String]>,
}

impl<'a> Mask<'a> {
    /// Of an update that knows these fields; any other in the mask is refused.
    pub fn new(mask: Option<&'a prost_types::FieldMask>, known: &[&str], fields: &mut Fields) -> Mask<'a> {
        let paths = mask.map(|mask| mask.paths.as_slice());
        for (i, path) in paths.unwrap_or_default().iter().enumerate() {
            if !known.contains(&path.as_str()) {
                let known = known.join(", ");
                fields.refuse(
                    format!("update_mask.paths[{i}]"),
                    format!("is not one of the fields that can be changed: {known}"),
                );
            }
        }
        Mask {
            paths: paths.filter(|paths| !paths.is_empty()),
        }
    }

    /// Whether the update means this field, which is set or not.
    pub fn means(&self, field: &str, set: bool) -> bool {
        self.paths.map_or(set, |paths| paths.iter().any(|path| path == field))
    }

    /// Parses each of a repeated field if the update means it; meant and empty is none.
    pub fn each<T: FromStr<Err: Display>>(
        &self,
        fields: &mut Fields,
        field: &str,
        values: &[String],
        most: usize,
    ) -> Option<Option<Vec<T>>> {
        if self.means(field, !values.is_empty()) {
            fields.each(field, values, most).map(Some)
        } else {
            Some(None)
        }
    }

    /// Parses a field if the update means it.
    pub fn parse<T: FromStr<Err: Display>>(&self, fields: &mut Fields, field: &str, value: &str) -> Option<Option<T>> {
        if self.means(field, !value.is_empty()) {
            fields.parse(field, value).map(Some)
        } else {
            Some(None)
        }
    }
}
